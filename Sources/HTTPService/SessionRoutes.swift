import CreditCore
import HTTPTypes
import Reports
import UsageStore

// Signing in and out, what pages listen to, and the files that they load.
extension ServiceDesk {
  var sessionRoutes: [Route] {
    let assets = (try? pages.assets()) ?? []
    return [
      Route(
        .get,
        "/sign-in",
        .open,
        "A form for a token.",
        gives: [Route.Success("the form", Self.html)],
        handler: reading { desk, _ in Answer(page: try desk.pages.signIn(csrf: "", fault: nil)) }
      ),
      Route(
        .post,
        "/sign-in",
        .ownProof,
        "Signs in with a token.",
        body: Self.form(),
        gives: [Self.moved],
        handler: reading { try $0.signIn($1) }
      ),
      Route(
        .post,
        "/sign-out",
        .page(.read),
        "Signs out.",
        body: Self.form(),
        gives: [Self.moved],
        handler: reading { desk, call in
          try desk.requireFormKey(try Form(call), call)
          if let name = call.headers[.cookie].flatMap(Sessions.name) { desk.sessions.end(name) }
          var answer = Answer.seeOther("/sign-in")
          answer.headers[.setCookie] = Sessions.endedCookie
          return answer
        }
      ),
      Route(
        .get,
        "/events",
        .page(.read),
        "Says when something changed, as server-sent events.",
        gives: [Route.Success("events for as long as you listen", [("text/event-stream", .text)])],
        refusals: [503],
        handler: .quick { _ in
          guard let stream = self.events.stream() else {
            throw Fault(.serviceUnavailable, "busy", "too many pages listen")
          }
          var answer = Answer([], type: "text/event-stream")
          answer.hasTag = false
          answer.stream = stream
          return answer
        }
      ),
    ]
      + assets.map { asset in
        Route(
          .get,
          asset.path,
          .open,
          "A file of the dashboard.",
          gives: [Route.Success("it", [(mediaType(asset.contentType) ?? "", .text)])],
          handler: .quick { _ in
            var answer = Answer(asset.bytes, type: asset.contentType)
            answer.headers[.cacheControl] = "no-cache"
            return answer
          }
        )
      }
  }

  private func signIn(_ call: Call) throws -> Answer {
    if let site = call.headers[.secFetchSite], site != "same-origin", site != "none" {
      throw Fault(.forbidden, "forbidden", "another site sent this")
    }
    let form = try Form(call)
    do {
      let token = try doorkeeper.signIn(form["token"], address: call.client.address, at: call.now)
      let (name, _) = sessions.start(tokenID: token.id, at: call.now)
      try access?.append(
        AuditEntry(
          at: call.now,
          actor: token.id,
          action: "session.start",
          subject: token.id,
          org: token.org,
          details: "from \(call.client.address)"
        )
      )
      var answer = Answer.seeOther("/")
      answer.headers[.setCookie] = Sessions.cookieHeader(name)
      return answer
    } catch let fault as Fault where fault.status == .unauthorized {
      let words = "This token is not valid. It may have expired, or have been revoked."
      var answer = Answer(page: try pages.signIn(csrf: "", fault: words))
      answer.status = .unauthorized
      answer.headers.append(contentsOf: fault.headers)
      return answer
    }
  }
}
