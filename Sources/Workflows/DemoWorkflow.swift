import Bundled
import CampaignFiles
public import CreditCore
public import Rating
import Reports

/// A tour of what creditmeter answers, on the sample campaigns that the binary carries.
public enum DemoWorkflow {
  public static let samples = ["small", "medium", "large"]

  public static func sample(_ name: String) -> SourceText {
    let path = "samples/\(name).yaml"
    let file = bundled_file_at(path)?.pointee
    let bytes = UnsafeBufferPointer(start: file?.bytes, count: file?.count ?? 0)
    return SourceText(name: path, bytes: Array(bytes))
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
