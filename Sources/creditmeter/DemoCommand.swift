import ArgumentParser
import Workflows

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "A tour on sample data, in a minute."
  )

  @OptionGroup var bookOptions: BookOptions

  func run() throws {
    try Outcome.deliver(try DemoWorkflow.tour(under: try bookOptions.resolve()))
  }
}
