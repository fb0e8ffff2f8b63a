import Testing

@Suite("Newline-delimited JSON")
struct NDJSONTests {
  @Test("a request under its usual names")
  func request() throws {
    let log = """
      {"timestamp":"2026-11-18T09:30:00Z","method":"POST","path":"/api/v1/contacts","status":201}
      """
    #expect(try entries(log) == ["2026-11-18T09:30:00Z POST /api/v1/contacts status=201"])
  }

  @Test("zeros where a key belongs are no key")
  func zeros() throws {
    let zeros = String(repeating: "\0", count: 40)
    let log = "{" + zeros + "\n{\"timestamp\":\"2026-11-18T09:30:00Z\"," + zeros
    #expect(try entries(log).count == 2)
  }
}
