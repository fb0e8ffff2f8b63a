import Bundled
import CampaignFiles
import CreditCore
public import Rating
import Reports

/// A tour of what creditmeter answers, on the sample campaigns that the binary carries.
public enum DemoWorkflow {
  private static func sample(_ name: String) -> SourceText {
    Bundled.file("samples/\(name).yaml")
  }

  /// The tour, a command and its result at a time.
  public static func tour(under book: PriceBook) throws -> String {
    let workflow = EstimateWorkflow(book: book)
    var text = ""
    func step(_ command: String, _ result: String) {
      text += "$ creditmeter \(command)\n\n\(result)\n"
    }
    step(
      "estimate samples/medium.yaml",
      try workflow.answer(EstimateWorkflow.Question(files: [sample("medium")])).table
    )
    var gated = EstimateWorkflow.Question(files: [sample("small")])
    gated.gate = Gate(requiresCovered: true)
    step("estimate samples/small.yaml --require-covered", try workflow.answer(gated).table)
    let explained = try PricesWorkflow.explain(
      method: "POST",
      path: "/sequences/seq_123/contacts",
      body: nil,
      book: book,
      plan: EstimateWorkflow.defaultPlan
    )
    step("prices explain POST /sequences/seq_123/contacts", explained.table)
    return text
  }
}
