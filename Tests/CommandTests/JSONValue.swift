import Foundation

/// Any JSON, numbers as the decimals they are.
enum JSONValue: Decodable, Equatable, CustomStringConvertible {
  case object([String: JSONValue])
  case list([JSONValue])
  case number(Decimal)
  case text(String)
  case truth(Bool)
  case null

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let truth = try? container.decode(Bool.self) {
      self = .truth(truth)
    } else if let number = try? container.decode(Decimal.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([JSONValue].self) {
      self = .list(list)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  init(_ text: String) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  }

  subscript(key: String) -> JSONValue {
    if case .object(let fields) = self { fields[key] ?? .null } else { .null }
  }

  subscript(place: Int) -> JSONValue {
    list.indices.contains(place) ? list[place] : .null
  }

  var list: [JSONValue] { if case .list(let values) = self { values } else { [] } }
  var number: Decimal? { if case .number(let value) = self { value } else { nil } }
  var text: String? { if case .text(let value) = self { value } else { nil } }
  var fields: [String: JSONValue] { if case .object(let fields) = self { fields } else { [:] } }

  var description: String {
    switch self {
    case .object(let fields): "\(fields)"
    case .list(let values): "\(values)"
    case .number(let number): "\(number)"
    case .text(let text): text
    case .truth(let truth): "\(truth)"
    case .null: "null"
    }
  }
}
