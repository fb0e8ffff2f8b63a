public import CreditCore

// What stands around every page.
extension DashboardPages {
  /// A template's page in its frame.
  ///
  /// `place`: nil for a page that none links to.
  func page(
    _ template: String,
    _ values: PageValues,
    _ session: PageSession?,
    place: Place?,
    title: String,
    footer: String = "creditmeter"
  ) throws(EnvironmentFault) -> [UInt8] {
    let csrf = Markup(exactly: session?.csrf ?? "")
    let body = try templates.filled(template, values.merging(["csrf": csrf]) { own, _ in own })
    let notice = session?.notice
    let shell: PageValues = [
      "title": title,
      "body": Markup(body),
      "csrf": csrf,
      "isLive": place == .overview && session?.isLive == true,
      "places": session == nil ? [] : [["links": Self.links(place)]] as [PageValues],
      "reader": session.map { session -> [PageValues] in
        [["org": Self.owner(session.org), "isSignedIn": session.isSignedIn]]
      } ?? [],
      "notice": notice.map { notice -> [PageValues] in
        let (style, role) = notice.isFault ? ("bad", "alert") : ("good", "status")
        return [["text": notice.text, "style": style, "role": role]]
      } ?? [],
      "footer": footer,
    ]
    return Array(try templates.filled("shell.mustache", shell).utf8)
  }

  private static func links(_ place: Place?) -> [PageValues] {
    Place.allCases.map { other in
      ["path": other.rawValue, "title": other.title, "isHere": other == place]
    }
  }

  private static func owner(_ org: String?) -> String {
    org.map { $0.isEmpty ? "no organisation" : $0 } ?? "all organisations"
  }

  /// The form in which a token is given; `fault` says why one was not taken.
  public func signIn(csrf: String, fault: String?) throws(EnvironmentFault) -> [UInt8] {
    let values: PageValues = [
      "csrf": Markup(exactly: csrf), "fault": fault.map { [$0] } ?? [], "isFaulty": fault != nil,
    ]
    return try page("sign-in.mustache", values, nil, place: nil, title: "Sign in")
  }

  /// A page that says why there is no other: `Not found` and a sentence.
  public func problem(
    _ title: String,
    _ sentence: String,
    _ session: PageSession?
  ) throws(EnvironmentFault) -> [UInt8] {
    let values: PageValues = ["title": title, "sentence": sentence]
    return try page("problem.mustache", values, session, place: nil, title: title)
  }
}
