import ArgumentParser
import LocalFiles
import Workflows

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "A tour on sample data, in a minute."
  )

  @OptionGroup var bookOptions: BookOptions

  func run() throws {
    let shelf = try bookOptions.shelf()
    let now = bookOptions.asOf ?? DemoWorkflow.now
    let folder = try TemporaryFolder(in: Environment["TMPDIR"] ?? "/tmp")
    try Outcome.deliver(try DemoWorkflow.tour(under: shelf, at: now, in: folder.path))
  }
}
