// Writes the pages of the dashboard, as the service would send them, for the browser to open:
//
//     PageWriter DATABASE FOLDER AS-OF [FILE]
//
// The text of FILE stands in every field that a person fills in.
import CreditCore
import Foundation
import PriceBooks
import Reports
import UsageStore
import Workflows

struct PageWriter {
  let folder: URL
  let pages = DashboardPages()
  let workflow: DashboardWorkflow
  let now: Instant

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: folder.appending(path: name + ".html"))
  }

  func session(_ org: String? = nil) -> PageSession {
    PageSession(org: org, csrf: "0123456789abcdef", isAdmin: true, isSignedIn: true)
  }

  func assets() throws {
    let assets = folder.appending(path: "assets")
    try FileManager.default.createDirectory(at: assets, withIntermediateDirectories: true)
    for asset in try pages.assets() {
      try Data(asset.bytes).write(to: folder.appending(path: String(asset.path.dropFirst())))
    }
  }

  /// The pages of what is stored, as they are first seen.
  func stored() throws {
    try write("overview", pages.overview(workflow.overview(org: nil, now: now), session()))
    try write("alerts", pages.alerts(workflow.alerts(org: nil, now: now), session()))
    try write("reports", pages.reports(workflow.reports(org: nil, now: now), session()))
    try write("prices", pages.prices(workflow.prices(org: nil, now: now), session()))
    try write("estimate", pages.estimate(workflow.estimateForm(now: now), session()))
    try write("sign-in", pages.signIn(csrf: "0123456789abcdef", fault: nil))
  }

  /// The pages that answer what somebody typed.
  func asked() throws {
    let example = DashboardWorkflow.exampleCampaign
    let result = try workflow.estimate(example, org: nil, now: now)
    try write("estimate-result", pages.estimate(result, session()))
    let broken = example.replacing("hit_rate: [0.55, 0.65, 0.8]", with: "hit_rat: [0.55, 1.8]")
    let faults = try workflow.estimate(broken, org: nil, now: now)
    try write("estimate-faults", pages.estimate(faults, session()))
    let path = "/sequences/seq_123/contacts"
    let search = try workflow.prices(path: path, words: "sequence", org: nil, now: now)
    try write("prices-explained", pages.prices(search, session()))
    let unknown = try workflow.prices(method: "GET", path: "/nowhere", org: nil, now: now)
    try write("prices-unknown", pages.prices(unknown, session()))
    try write("sign-in-fault", pages.signIn(csrf: "x", fault: "No such token, or it was revoked."))
    try write("problem", pages.problem("Not found", "There is no such page.", session()))
    let nobody = "nobody"
    try write("empty-overview", pages.overview(workflow.overview(org: nobody, now: now), session()))
    try write("empty-alerts", pages.alerts(workflow.alerts(org: nobody, now: now), session()))
    try write("empty-reports", pages.reports(workflow.reports(org: nobody, now: now), session()))
  }

  /// The same pages, with a text of somebody's choice in every field.
  func filled(with text: String) throws {
    var session = session(text)
    session.notice = PageSession.Notice(text, isFault: true)
    let campaign = """
      name: \(quoted(text))
      operations:
        - {operation: meeting.book, label: \(quoted(text)), bookings: [1, 2]}
      """
    for (name, file) in [("result", campaign), ("faults", text)] {
      let form = try workflow.estimate(file, plan: "", balance: "12", org: nil, now: now)
      try write("estimate-\(name)", pages.estimate(form, session))
    }
    let options = try workflow.estimate(campaign, plan: text, balance: text, org: nil, now: now)
    try write("estimate-options", pages.estimate(options, session))
    let search = try workflow.prices(
      method: text,
      path: text,
      words: text,
      metering: text,
      plan: text,
      org: nil,
      now: now
    )
    try write("prices", pages.prices(search, session))
    try write("alerts-rule", pages.alerts(workflow.alerts(org: nil, now: now), session))
    try write("sign-in", pages.signIn(csrf: text, fault: text))
    try write("problem", pages.problem(text, text, session))
    var values = try workflow.overview(org: nil, now: now)
    values.polling = .failing(text)
    values.balance = nil
    try write("overview-failing", pages.overview(values, session))
  }

  /// As a string of JSON, which is one of YAML.
  private func quoted(_ text: String) -> String {
    let data = try? JSONEncoder().encode(text)
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}

let arguments = CommandLine.arguments
guard arguments.count > 3, let now = Instant(arguments[3]) else {
  print("usage: PageWriter DATABASE FOLDER AS-OF [FILE]")
  exit(64)
}
let text = try arguments.dropFirst(4).first.map { file in
  String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self)
}
var setting = DashboardWorkflow.Setting()
setting.polling = .every(Span(seconds: 300))
setting.staleAfter = Span(seconds: 86_400)
setting.rules =
  ["low balance", "runs out within two weeks", "voice budget"] + (text.map { [$0] } ?? [])
let store = try UsageStore(path: arguments[1], .reading)
let writer = PageWriter(
  folder: URL(filePath: arguments[2]),
  workflow: DashboardWorkflow(store, try BookShelf([]), setting),
  now: now
)
try writer.assets()
if let text {
  try writer.filled(with: text)
} else {
  try writer.stored()
  try writer.asked()
}
