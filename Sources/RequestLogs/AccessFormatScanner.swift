import CreditCore

/// Takes a log format apart: nginx variables (`$status`) or Apache directives (`%>s`) and the
/// literal texts between them.
struct AccessFormatScanner {
  struct Piece {
    var before: String
    var field: AccessField
    /// As it was written.
    var name: String
  }

  struct Fault: Error {
    var column: Int
    var message: String
    var expected: String
    var hint: String?
  }

  private let scalars: [Unicode.Scalar]
  private let keys: RequestKeyTable
  private let sign: Unicode.Scalar
  private var offset = 0
  /// The literal text since the last field.
  private(set) var literal = ""
  /// Where the last field starts.
  private(set) var pieceStart = 0
  /// What Apache's %t carries with it.
  private var closing = ""

  init(scalars: [Unicode.Scalar], keys: RequestKeyTable) {
    self.scalars = scalars
    self.keys = keys
    let isNginx = zip(scalars, scalars.dropFirst()).contains { sign, next in
      sign == "$" && (next == "{" || Self.isName(next))
    }
    sign = isNginx ? "$" : "%"
  }

  /// The next field with the literal text before it, or nil where there is only ``literal`` left.
  mutating func next() throws(Fault) -> Piece? {
    literal = closing
    closing = ""
    while offset < scalars.count {
      let scalar = scalars[offset]
      if scalar == "\\", offset + 1 < scalars.count {
        // As quotes stand in a configuration file.
        literal.unicodeScalars.append(scalars[offset + 1] == "t" ? "\t" : scalars[offset + 1])
        offset += 2
      } else if scalar == sign {
        pieceStart = offset
        offset += 1
        if sign == "%", offset < scalars.count, scalars[offset] == "%" {
          literal += "%"
          offset += 1
          continue
        }
        let before = literal
        let field = try sign == "$" ? variable() : directive()
        var name = String.UnicodeScalarView()
        name.append(contentsOf: scalars[pieceStart..<offset])
        return Piece(before: before + opening, field: field, name: String(name))
      } else {
        literal.unicodeScalars.append(scalar)
        offset += 1
      }
    }
    return nil
  }

  private var opening = ""

  private func fault(_ message: String, expected: String, hint: String? = nil) -> Fault {
    Fault(column: pieceStart, message: message, expected: expected, hint: hint)
  }

  private static func isName(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII && (scalar.properties.isAlphabetic || scalar == "_" || ("0"..."9") ~= scalar)
  }

  // MARK: nginx

  private mutating func variable() throws(Fault) -> AccessField {
    let isBraced = offset < scalars.count && scalars[offset] == "{"
    if isBraced { offset += 1 }
    let start = offset
    while offset < scalars.count, Self.isName(scalars[offset]) { offset += 1 }
    let name = String(String.UnicodeScalarView(scalars[start..<offset]))
    if isBraced {
      guard offset < scalars.count, scalars[offset] == "}" else {
        throw fault("the brace after $ is not closed", expected: "${name}")
      }
      offset += 1
    }
    if name.isEmpty { throw fault("a $ without a name", expected: "a variable such as $status") }
    return field(variable: name)
  }

  private static let variables: [String: AccessField] = [
    "time_local": .clock, "msec": .epoch, "time_iso8601": .key(.timestamp),
    "request": .request, "request_method": .key(.method), "request_uri": .key(.path),
    "uri": .key(.path), "document_uri": .key(.path), "args": .key(.query),
    "query_string": .key(.query), "status": .key(.status), "request_id": .key(.requestID),
    "body_bytes_sent": .size, "bytes_sent": .size, "request_length": .size,
    "request_time": .key(.duration), "request_body": .key(.requestBody),
  ]

  private func field(variable name: String) -> AccessField {
    if let key = key(name), key.isMapped { return .key(key.key) }
    if let known = Self.variables[name] { return known }
    for prefix in ["http_", "sent_http_", "upstream_http_"] where name.hasPrefix(prefix) {
      return field(header: String(name.dropFirst(prefix.count)))
    }
    return field(header: name)
  }

  // MARK: Apache

  private mutating func directive() throws(Fault) -> AccessField {
    opening = ""
    // Which request of a chain, and for which statuses.
    while offset < scalars.count, "<>!,0123456789".unicodeScalars.contains(scalars[offset]) {
      offset += 1
    }
    var argument: String?
    if offset < scalars.count, scalars[offset] == "{" {
      guard let end = scalars[offset...].firstIndex(of: "}") else {
        throw fault("the brace after % is not closed", expected: "%{Name}i")
      }
      argument = String(String.UnicodeScalarView(scalars[(offset + 1)..<end]))
      offset = end + 1
    }
    if offset < scalars.count, scalars[offset] == "^" { offset += 2 }
    guard offset < scalars.count, Self.isName(scalars[offset]) else {
      throw fault("a % without a directive", expected: "a directive such as %h or %>s")
    }
    let letter = scalars[offset]
    offset += 1
    if let argument { return field(argument, letter) }
    if letter == "t" { (opening, closing) = ("[", "]") }
    return Self.directives[letter] ?? .ignored
  }

  private static let directives: [Unicode.Scalar: AccessField] = [
    "t": .clock, "r": .request, "m": .key(.method), "U": .key(.path), "q": .key(.query),
    "s": .key(.status), "b": .size, "B": .size, "I": .size, "O": .size, "D": .key(.duration),
    "T": .key(.duration),
  ]

  private func field(_ argument: String, _ letter: Unicode.Scalar) -> AccessField {
    switch letter {
    case "i", "o", "e", "n", "C":
      if let (key, isMapped) = key(argument), isMapped { return .key(key) }
      return field(header: String(argument.lowercased().map { $0 == "-" ? "_" : $0 }))
    case "T": return .key(.duration)
    case "t": return ["sec", "msec", "usec"].contains(argument) ? .epoch : .ignored
    default: return .ignored
    }
  }

  // MARK: Names

  /// What a header, or a variable that somebody made, says by its name.
  private func field(header name: String) -> AccessField {
    if ["idempotent_replay", "idempotent_replayed"].contains(name) { return .key(.replayed) }
    guard let (key, isMapped) = key(name) else { return .ignored }
    switch key {
    case .requestID, .org, .idempotencyKey, .replayed, .creditsCharged, .operation:
      return .key(key)
    default: return isMapped ? .key(key) : .ignored
    }
  }

  private func key(_ name: String) -> (key: RequestKey, isMapped: Bool)? {
    var name = name
    return name.withUTF8 { bytes in
      keys.find(bytes).map { ($0.key, $0.rank == 0) }
    }
  }
}
