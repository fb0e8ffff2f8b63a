import Foundation
import Testing

@Suite("Which price book a run uses")
struct BookTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try FileManager.default.createDirectory(
      at: scratch.folder.appending(path: "books"),
      withIntermediateDirectories: true
    )
    for (name, version, effective, price) in [
      ("old", "1", "2020-01-01T00:00:00Z", "1"), ("new", "2", "2026-07-01T00:00:00Z", "2"),
    ] {
      try scratch.write("books/\(name).yaml", Self.book(version, effective, price))
    }
    try scratch.write(
      "plan.yaml",
      "operations: [{operation: sequence.enroll, steps: 10}]\n"
    )
  }

  private static func book(_ version: String, _ effective: String, _ price: String) -> String {
    """
    extends: graph8
    version: "\(version)"
    effective: \(effective)
    operations:
      - {id: sequence.enroll, price: \(price), rounding: exact, source: SEED, confidence: assumed}
    """
  }

  private func expected(
    _ arguments: String...,
    environment: [String: String] = [:]
  ) throws -> Double? {
    let result = try Command.run(
      ["estimate", "plan.yaml", "--format", "json"] + arguments,
      in: scratch.folder,
      environment: environment
    )
    let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    let totals = json?["totals"] as? [String: Any]
    return (totals?["credits"] as? [String: Double])?["expected"]
  }

  @Test("of a directory, the one in force")
  func inForce() throws {
    #expect(try expected("--book", "books", "--as-of", "2026-06-30T23:59:59.999999Z") == 10)
    #expect(try expected("--book", "books", "--as-of", "2026-07-01T00:00:00Z") == 20)
    #expect(try expected("--book", "books", "--as-of", "2026-07-01T01:59:59+02:00") == 10)
  }

  @Test("the flag before the variable before the shipped one")
  func precedence() throws {
    let variable = ["CREDITMETER_BOOK": "books/new.yaml"]
    #expect(try expected() == 10)
    #expect(try expected(environment: variable) == 20)
    #expect(try expected("--book", "books/old.yaml", environment: variable) == 10)
  }

  @Test("two books for the same instant are an error")
  func twins() throws {
    try scratch.write("books/third.yaml", Self.book("3", "2026-07-01T02:00:00+02:00", "3"))
    let result = try Command.run(
      ["estimate", "plan.yaml", "--book", "books"],
      in: scratch.folder
    )
    #expect(result.status == 2)
    #expect(result.errors.contains("both effective from 2026-07-01T00:00:00Z"))
  }

  @Test("before the first book nothing is priced by a later one")
  func tooEarly() throws {
    let result = try Command.run(
      ["estimate", "plan.yaml", "--book", "books", "--as-of", "2019-12-31T00:00:00Z"],
      in: scratch.folder
    )
    #expect(result.status == 1)
    #expect(result.errors.contains("no price book is in force"))
  }

  @Test("a golden case that does not hold fails the run, and says how")
  func failingCase() throws {
    try scratch.write(
      "books/old.cases.yaml",
      """
      cases:
        - {name: a step, request: POST /sequences/x/contacts, usage: {step: 3}, expect: {credits: 3}}
        - {name: dear, request: POST /sequences/x/contacts, usage: {step: 3}, expect: {credits: 4}}
      """
    )
    let result = try Command.run(["prices", "test", "books/old.yaml"], in: scratch.folder)
    #expect(result.status == 3)
    #expect(result.output == "1 of 2 cases hold\n")
    #expect(result.errors.contains("dear: credits is 3"))
  }
}
