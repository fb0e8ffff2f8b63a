import HTTPTypes
import Reports
import UsageStore

/// The OpenAPI 3.1 document of a table of routes.
struct OpenAPI {
  let routes: [Route]

  var document: [UInt8] {
    var json = JSONWriter(openDepth: 4)
    json.object { json in
      json.field("openapi", "3.1.0")
      json.field("info") { json in
        json.object { json in
          json.field("title", "creditmeter")
          json.field("version", "1")
          json.field(
            "description",
            "What graph8 credits will cost, what they did cost, and when they run out. Credits are "
              + "numbers with at most six decimals; null is unknown, never zero."
          )
        }
      }
      json.field("paths") { json in
        json.object { json in
          for path in paths {
            json.field(named: path) { json in
              json.object { json in
                for route in routes where route.path == path {
                  json.field(named: route.method.rawValue.lowercased()) { write(route, into: &$0) }
                }
              }
            }
          }
        }
      }
      json.field("components") { writeComponents(into: &$0) }
    }
    return json.finished()
  }

  private var paths: [String] {
    var paths: [String] = []
    for route in routes where !paths.contains(route.path) { paths.append(route.path) }
    return paths
  }

  private func write(_ route: Route, into json: inout JSONWriter) {
    json.object { json in
      json.field("summary", route.summary)
      json.field("operationId", Self.identity(of: route))
      json.field("security") { json in
        json.list(Self.security(of: route)) { json, scheme in
          json.object { json in
            if let scheme { json.field(named: scheme) { $0.list([String]()) { $0.text($1) } } }
          }
        }
      }
      if let scope = Self.scope(of: route) { json.field(named: "x-scope") { $0.text(scope) } }
      if !route.parameters.isEmpty {
        json.field("parameters") { $0.list(route.parameters) { Self.write($1, into: &$0) } }
      }
      if let body = route.body {
        json.field("requestBody") { json in
          json.object { json in
            json.field("required", body.isRequired)
            Self.writeContent(body.types.map { ($0, body.schema) }, into: &json)
          }
        }
      }
      json.field("responses") { writeResponses(of: route, into: &$0) }
    }
  }

  /// `get_v1_usage`.
  private static func identity(of route: Route) -> String {
    let words = route.path.split { !$0.isLetter && !$0.isNumber }.joined(separator: "_")
    return route.method.rawValue.lowercased() + (words.isEmpty ? "_dashboard" : "_" + words)
  }

  private static func scope(of route: Route) -> String? {
    switch route.access {
    case .open, .ownProof: nil
    case .token(let scope), .page(let scope): scope.rawValue
    }
  }

  /// Nil stands for nothing at all.
  private static func security(of route: Route) -> [String?] {
    switch route.access {
    case .open, .ownProof: [nil]
    case .token: ["bearer"]
    case .page: ["bearer", "session"]
    }
  }

  private static func write(_ parameter: Parameter, into json: inout JSONWriter) {
    json.object { json in
      json.field("name", parameter.name)
      json.field("in", "query")
      json.field("description", parameter.about)
      json.field("required", parameter.isRequired)
      json.field("schema") { json in
        if parameter.mayRepeat {
          json.object { json in
            json.field("type", "array")
            json.field("items") { write(parameter.shape, into: &$0) }
          }
        } else {
          write(parameter.shape, into: &json)
        }
      }
      if let example = parameter.example {
        json.field("example") { json in
          parameter.mayRepeat ? json.list([example]) { $0.text($1) } : json.text(example)
        }
      }
    }
  }

  private static func write(_ shape: Parameter.Shape, into json: inout JSONWriter) {
    json.object { json in
      switch shape {
      case .text: json.field("type", "string")
      case .form(let pattern):
        json.field("type", "string")
        json.field("pattern", pattern)
      case .instant:
        json.field("type", "string")
        json.field("format", "date-time")
      case .integer(let range):
        json.field("type", "integer")
        json.field("minimum", integer: range.lowerBound)
        json.field("maximum", integer: range.upperBound)
      case .choice(let words):
        json.field("type", "string")
        json.field("enum") { $0.list(words) { $0.text($1) } }
      }
    }
  }

  private static func write(_ schema: Route.Schema, into json: inout JSONWriter) {
    json.object { json in
      switch schema {
      case .any: break
      case .text: json.field("type", "string")
      case .object: json.field("type", "object")
      case .document(let name):
        json.field("type", "object")
        json.field("required") { $0.list(["schema"]) { $0.text($1) } }
        json.field("properties") { json in
          json.object { json in
            json.field("schema") { $0.object { $0.field("const", name) } }
          }
        }
      case .fields(let required, let optional):
        json.field("type", "object")
        json.field("required") { $0.list(required) { $0.text($1.0) } }
        json.field("additionalProperties", false)
        json.field("properties") { json in
          json.object { json in
            for (name, type) in required {
              json.field(named: name) { json in
                json.object { json in
                  json.field("type", type)
                  json.field("minLength", integer: 1)
                }
              }
            }
            for (name, type) in optional {
              json.field(named: name) { $0.object { $0.field("type", type) } }
            }
          }
        }
      }
    }
  }

  private static func writeContent(
    _ types: [(String, Route.Schema)],
    into json: inout JSONWriter
  ) {
    json.field("content") { json in
      json.object { json in
        for (type, schema) in types {
          json.field(named: type) { json in
            json.object { json in json.field("schema") { write(schema, into: &$0) } }
          }
        }
      }
    }
  }
}

// What requests are answered with.
extension OpenAPI {
  private static let words: [Int: String] = [
    304: "as it was", 400: "the request cannot be used", 401: "no token that holds",
    403: "a token without the scope", 405: "another method",
    406: "not in a form that was asked for", 409: "not as things are",
    404: "there is no such thing", 413: "too large", 414: "the target is too long",
    415: "a type or an encoding that is not taken",
    421: "another host's name", 429: "too many requests; see Retry-After",
    503: "not now; see Retry-After",
  ]

  static func refusals(of route: Route) -> [Int] {
    var statuses = route.refusals + [400, 414, 421, 429]
    switch route.access {
    case .open: break
    case .ownProof: statuses += [401]
    case .token, .page: statuses += [401, 403]
    }
    // A token that does not hold is refused even where none is needed.
    if case .open = route.access { statuses += [401] }
    if route.body != nil { statuses += [413, 415] }
    if route.method == .get { statuses += [304] }
    if case .reading = route.handler { statuses += [503] }
    return Set(statuses).sorted()
  }

  private func writeResponses(of route: Route, into json: inout JSONWriter) {
    json.object { json in
      for success in route.successes {
        json.field(named: "\(success.status.code)") { json in
          json.object { json in
            json.field("description", success.about)
            if !success.types.isEmpty { Self.writeContent(success.types, into: &json) }
          }
        }
      }
      for status in Self.refusals(of: route) {
        json.field(named: "\(status)") { json in
          json.object { json in
            json.field("description", Self.words[status] ?? "refused")
            if status == 304 { return }
            json.field("content") { json in
              json.object { json in
                json.field(named: "application/json") { json in
                  json.object { json in
                    json.field("schema") { json in
                      let name = status == 503 && route.path == "/readyz" ? "Readiness" : "Error"
                      json.object { $0.field("$ref", "#/components/schemas/\(name)") }
                    }
                  }
                }
                if !route.path.hasPrefix("/v1/") { json.field(named: "text/html") { $0.raw("{}") } }
              }
            }
          }
        }
      }
    }
  }

  private func writeComponents(into json: inout JSONWriter) {
    json.object { json in
      json.field("securitySchemes") { json in
        json.object { json in
          json.field("bearer") { json in
            json.object { json in
              json.field("type", "http")
              json.field("scheme", "bearer")
            }
          }
          json.field("session") { json in
            json.object { json in
              json.field("type", "apiKey")
              json.field("in", "cookie")
              json.field("name", Sessions.cookie)
            }
          }
        }
      }
      json.field("schemas") { json in
        json.object { json in
          json.field("Error") { $0.raw(Self.errorSchema) }
          json.field("Readiness") { $0.raw(#"{"type":"object","required":["ready","reasons"]}"#) }
        }
      }
    }
  }

  private static let errorSchema: StaticString = """
    {"type":"object","required":["error"],"properties":{"error":{"type":"object",\
    "required":["code","message","field","request_id"],"properties":{\
    "code":{"type":"string"},"message":{"type":"string"},"field":{"type":["string","null"]},\
    "request_id":{"type":"string"}}}}}
    """
}
