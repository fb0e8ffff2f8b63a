import CreditCore
import Forecasting
import Reports
import TestSupport
import Testing
import UsageStore
import Workflows

@Suite("The forecast that rules go by is of the requests that they are about")
struct UsageForecastTests {
  private static let days = 40

  typealias Case = (zone: String, operation: String?, orgs: [String], hours: Int64)

  static let cases: [Case] = [
    ("UTC", nil, [], 12), ("Europe/Berlin", nil, ["north"], 30), ("UTC", "voice.*", [], 0),
    ("Asia/Tokyo", "sequence.enroll", ["south", ""], 5), ("America/New_York", nil, ["south"], 7),
  ]

  @Test(
    "it is made of whole days before now, and what today spent is off what is to come",
    arguments: cases
  )
  func history(asked: Case) throws {
    var random = SeededRandom(seed: 5)
    let sample = SampleUsage(count: 4_000, days: Int64(Self.days), &random)
    let scratch = try Scratch()
    let store = try sample.store(in: scratch.folder)
    let zone = try Zones.named(asked.zone)
    let now = Instant(
      microseconds: SampleUsage.start + 35 * SampleUsage.day + asked.hours * 3_600_000_000
    )
    var filter = UsageFilter()
    filter.orgs = asked.orgs
    if let operation = asked.operation { filter.operations = [Wildcard(operation)] }
    let answer = try UsageForecast.answer(filter, at: now, days: 14, in: zone, store)
    guard case .known(let forecast) = answer else {
      Issue.record("\(answer)")
      return
    }
    // By a way of its own, from the single requests.
    let today = zone.local(now).date
    let own = sample.calls.filter { asked.orgs.isEmpty || asked.orgs.contains($0.series.org) }
    let first = try #require(own.map { zone.local($0.time).date.number }.min())
    var values = Array(repeating: 0.0, count: today.number - first - 1)
    var begun: Int64 = 0
    for call in own where call.at < now.microseconds {
      let stem = asked.operation?.prefix { $0 != "*" } ?? ""
      guard call.series.operation.hasPrefix(stem) else { continue }
      let day = zone.local(call.time).date.number
      if day == today.number { begun += call.credits ?? 0 }
      let place = day - first - 1
      if values.indices.contains(place) { values[place] += Double(call.credits ?? 0) / 1_000_000 }
    }
    let expected = try #require(Forecaster.forecast(values, horizon: 14))
    #expect(forecast.today == today)
    #expect(abs(forecast.begun - Double(begun) / 1_000_000) < 1e-6)
    for (day, point) in zip(forecast.days, expected.points) {
      #expect(abs(day.expected - point.expected) < 1e-6 * max(1, point.expected))
      #expect(abs(day.p90 - point.p90) < 1e-6 * max(1, point.p90))
    }
    let week = CivilDate(number: today.number + 6)
    let rest = forecast.spending(through: week)
    #expect(abs(rest.expected + forecast.begun - expected.total(through: 7).expected) < 1e-3)
    // A balance of half of what a week takes is gone within it, and one of nothing today.
    let dates = forecast.runsOut(balance: rest.expected / 2)
    #expect(dates.p50.map { $0 > today && $0 < week } == true)
    #expect(forecast.runsOut(balance: 0).p90 == today)
    #expect(forecast.chance(ofSpending: rest.expected, through: week) > 0.3)
    #expect(forecast.chance(ofSpending: rest.expected * 9, through: week) < 0.1)
  }

  @Test("without a week of whole days it says how many there are")
  func short() throws {
    var random = SeededRandom(seed: 6)
    let sample = SampleUsage(count: 400, days: 4, &random)
    let scratch = try Scratch()
    let store = try sample.store(in: scratch.folder)
    let now = Instant(microseconds: SampleUsage.start + 5 * SampleUsage.day)
    let answer = try UsageForecast.answer(UsageFilter(), at: now, days: 7, in: .utc, store)
    guard case .tooShort(days: 4, needed: 7) = answer else {
      Issue.record("\(answer)")
      return
    }
  }
}
