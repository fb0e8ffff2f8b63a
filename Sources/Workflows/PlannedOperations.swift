import CreditCore
import Documents
import Reports
import UsageStore

/// The operations of a kept estimate.
enum PlannedOperations {
  /// By operation, in the order of its lines.
  static func read(_ saved: SavedEstimate) throws(BadInput) -> [ActualReport.Line] {
    let source = SourceText(name: "estimate \(saved.name)", bytes: Array(saved.content.utf8))
    do throws(Diagnostic) {
      let root = try Document.parse(source, format: .json)
      guard let pointer = JSONPointer("/lines"), let list = root[pointer] else {
        throw root.diagnostic("the estimate has no lines", expected: "lines")
      }
      var lines: [ActualReport.Line] = []
      for node in try list.elements(of: "lines") { try add(node, to: &lines) }
      return lines
    } catch { throw BadInput(error) }
  }

  private static func add(
    _ node: Node,
    to lines: inout [ActualReport.Line]
  ) throws(Diagnostic) {
    func value(_ key: String) -> Node? {
      JSONPointer("/" + key).flatMap { node[$0] }.flatMap { $0.isNull ? nil : $0 }
    }
    func range(_ key: String) throws(Diagnostic) -> QuantityRange? {
      guard value(key) != nil, let low = value(key + "/low"), let high = value(key + "/high"),
        let expected = value(key + "/expected")
      else { return nil }
      return QuantityRange(
        low: try low.amount(of: key),
        expected: try expected.amount(of: key),
        high: try high.amount(of: key)
      )
    }
    guard let operation = try value("operation")?.string(of: "operation") else {
      throw node.diagnostic("the line has no operation", expected: "an operation")
    }
    let unit = try value("unit")?.string(of: "unit")
    let place = lines.firstIndex { $0.operation == operation } ?? lines.count
    if place == lines.count {
      lines.append(
        ActualReport.Line(operation: operation, unit: unit.flatMap { Unit(rawValue: $0) })
      )
    }
    do {
      if let quantity = try range("quantity") { try lines[place].plan(quantity: quantity) }
      if let credits = try range("credits") { try lines[place].plan(credits: credits) }
    } catch let error as Diagnostic { throw error } catch {
      throw node.diagnostic("the numbers are too large", expected: "smaller ones")
    }
  }
}
