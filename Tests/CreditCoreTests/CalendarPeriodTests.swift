import CreditCore
import Testing

@Suite("Days, weeks and months of the calendar")
struct CalendarPeriodTests {
  @Test(
    "a label names its days",
    arguments: [
      ("2026-W47", 1, "2026-11-16", "2026-11-23", "2026-W46"),
      ("2026-W01", 1, "2025-12-29", "2026-01-05", "2025-W52"),
      ("2020-W53", 1, "2020-12-28", "2021-01-04", "2020-W52"),
      ("2021-W01", 1, "2021-01-04", "2021-01-11", "2020-W53"),
      ("2026-w47", 1, "2026-11-16", "2026-11-23", "2026-W46"),
      // Weeks that start elsewhere are named as the week that most of their days are in.
      ("2026-W47", 7, "2026-11-15", "2026-11-22", "2026-W46"),
      ("2026-W47", 6, "2026-11-14", "2026-11-21", "2026-W46"),
      ("2026-W47", 4, "2026-11-19", "2026-11-26", "2026-W46"),
      ("2026-W01", 7, "2025-12-28", "2026-01-04", "2025-W52"),
      ("2026-11-18", 1, "2026-11-18", "2026-11-19", "2026-11-17"),
      ("2024-02-29", 1, "2024-02-29", "2024-03-01", "2024-02-28"),
      ("2026-01", 1, "2026-01-01", "2026-02-01", "2025-12"),
      ("2024-02", 1, "2024-02-01", "2024-03-01", "2024-01"),
      ("2026-12", 1, "2026-12-01", "2027-01-01", "2026-11"),
    ]
  )
  func days(
    label: String,
    weekStart: Int,
    first: String,
    next: String,
    previous: String
  ) throws {
    let kind = try #require(CalendarPeriod.Kind(form: label))
    let period = try #require(CalendarPeriod(kind, label, weekStart: weekStart))
    #expect(period.label == label.uppercased())
    #expect(period.first.description == first)
    #expect(period.next.description == next)
    #expect(period.previous.label == previous)
    #expect(period.previous.next == period.first)
    let again = CalendarPeriod(kind, containing: period.first, weekStart: weekStart)
    #expect(again == period)
  }

  @Test(
    "what no period has is refused",
    arguments: [
      "2026-W54", "2025-W53", "2026-W00", "2026-W60", "0000-W01", "2026-02-30", "2026-13",
      "2026-00", "0000-01",
    ]
  )
  func impossible(label: String) throws {
    let kind = try #require(CalendarPeriod.Kind(form: label))
    #expect(CalendarPeriod(kind, label) == nil)
  }

  @Test(
    "other forms are none",
    arguments: ["", "2026", "2026-W7", "26-W47", "2026-1-1", "W47-2026", "２０２６-11"]
  )
  func forms(text: String) { #expect(CalendarPeriod.Kind(form: text) == nil) }

  @Test("each day of 40 years is in the week that it names, wherever weeks start")
  func weeks() {
    for weekStart in 1...7 {
      var week = CalendarPeriod(
        .weekly,
        containing: CivilDate(number: 10_957),
        weekStart: weekStart
      )
      for number in 10_957..<(10_957 + 14_610) {
        let date = CivilDate(number: number)
        let own = CalendarPeriod(.weekly, containing: date, weekStart: weekStart)
        if date == week.next {
          #expect(own.previous == week)
          week = own
        }
        #expect(own == week)
        #expect(CalendarPeriod(.weekly, own.label, weekStart: weekStart) == own)
        #expect(weekStart != 1 || own.label == date.weekName)
      }
    }
  }

  @Test("the last one is over, also where today is another day than in UTC")
  func last() throws {
    let late = try #require(Instant("2026-11-23T00:30:00Z"))
    #expect(CalendarPeriod.last(.weekly, before: late, in: .utc).label == "2026-W47")
    #expect(CalendarPeriod.last(.daily, before: late, in: .utc).label == "2026-11-22")
    #expect(CalendarPeriod.last(.monthly, before: late, in: .utc).label == "2026-10")
    let before = try #require(Instant("2026-11-22T23:30:00Z"))
    #expect(CalendarPeriod.last(.weekly, before: before, in: .utc).label == "2026-W46")
    #expect(
      CalendarPeriod.last(.weekly, before: late, in: .utc, weekStart: 7).label == "2026-W47"
    )
  }

  @Test(
    "people read it",
    arguments: [
      ("2026-W47", "16 to 22 November 2026"), ("2026-W49", "30 November to 6 December 2026"),
      ("2026-W53", "28 December 2026 to 3 January 2027"), ("2026-11-18", "18 November 2026"),
      ("2026-11", "November 2026"),
    ]
  )
  func words(label: String, words: String) throws {
    let kind = try #require(CalendarPeriod.Kind(form: label))
    #expect(CalendarPeriod(kind, label)?.words == words)
  }

  @Test("years have 52 or 53 weeks")
  func weeksOfYears() {
    #expect(
      (2_000...2_030).filter { CalendarPeriod.weeks(inYear: $0) == 53 } == [
        2004, 2009, 2015, 2020, 2026,
      ]
    )
  }
}
