import HTTPTypes
import UsageStore

/// One thing that the service does: how it is asked for, who may, and what it takes and gives.
///
/// The table of routes is the router, the guard and the OpenAPI document at once; there is no route
/// beside it, and none without a rule of who may use it.
struct Route: Sendable {
  /// Who may use a route.
  enum Access: Sendable, Equatable {
    /// Anybody; what it gives is no organisation's.
    case open
    /// Whoever proves it by what is sent: a signature, a form with a token in it.
    case ownProof
    /// The bearer of a token with this scope.
    case token(AccessScope)
    /// The same, or somebody who signed in in a browser.
    case page(AccessScope)
  }

  /// What a request brings.
  struct Body: Sendable {
    var types: [String]
    /// At most so many bytes, as they are sent.
    var limit: Int
    /// Where it may be packed, at most so many bytes unpacked.
    var unpackedLimit: Int?
    /// The document's schema of it.
    var schema: Schema
    var isRequired = true
  }

  /// What a document says of a value.
  enum Schema: Sendable {
    case text
    case object
    case any
    /// Fields of an object, the required ones first, with their types.
    case fields(required: [(String, String)], optional: [(String, String)])
    /// An object with this `schema` field.
    case document(String)
  }

  struct Success: Sendable {
    var status: HTTPResponse.Status
    var about: String
    /// Media types, each with its schema.
    var types: [(String, Schema)]

    init(
      _ about: String,
      _ types: [(String, Schema)],
      status: HTTPResponse.Status = .ok
    ) {
      self.status = status
      self.about = about
      self.types = types
    }
  }

  /// How a route comes to its answer.
  enum Handler: Sendable {
    /// It looks at nothing stored, and waits for nothing.
    case quick(@Sendable (Call) throws -> Answer)
    /// It reads much, and may wait for the disk: on a thread that may.
    case reading(@Sendable (Call) throws -> Answer)
    case waiting(@Sendable (Call) async throws -> Answer)
  }

  var method: HTTPRequest.Method
  var path: String
  var access: Access
  var summary: String
  var parameters: [Parameter]
  var body: Body?
  var successes: [Success]
  /// Other statuses that it may answer, beside those that every route may.
  var refusals: [Int]
  var handler: Handler

  init(
    _ method: HTTPRequest.Method,
    _ path: String,
    _ access: Access,
    _ summary: String,
    parameters: [Parameter] = [],
    body: Body? = nil,
    gives successes: [Success],
    refusals: [Int] = [],
    handler: Handler
  ) {
    self.method = method
    self.path = path
    self.access = access
    self.summary = summary
    self.parameters = parameters
    self.body = body
    self.successes = successes
    self.refusals = refusals
    self.handler = handler
  }

  /// Whether a signed-in browser may use it.
  var isPage: Bool { if case .page = access { true } else { false } }
}

/// Finds routes by method and path.
struct RouteTable: Sendable {
  let routes: [Route]
  private let byPath: [String: [Route]]

  init(_ routes: [Route]) {
    self.routes = routes
    byPath = Dictionary(grouping: routes, by: \.path)
  }

  enum Finding {
    case found(Route)
    /// The path is there, with these methods.
    case otherMethods([HTTPRequest.Method])
    case nothing
  }

  func find(_ method: HTTPRequest.Method, _ path: String) -> Finding {
    guard let routes = byPath[path] else { return .nothing }
    let asked = method == .head ? .get : method
    if let route = routes.first(where: { $0.method == asked }) { return .found(route) }
    return .otherMethods(routes.map(\.method))
  }
}
