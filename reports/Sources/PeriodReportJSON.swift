import CreditCore
import Reconciliation

extension PeriodReport {
  var json: [UInt8] {
    var json = JSONWriter(capacity: 16_384)
    json.object { json in
      json.field("schema", "creditmeter.report/1")
      json.field("org", org)
      json.field("period") { json in
        json.object { json in
          json.field("label", period.label)
          json.field("from", zone.description(of: from))
          json.field("to", zone.description(of: to))
          json.field("timezone", zone.name)
          json.field("kind", period.kind.rawValue)
          json.field("open", isOpen)
        }
      }
      json.field("as_of", zone.description(of: asOf))
      json.field("book", book)
      json.field("totals") { $0.object { $0.totals(totals) } }
      json.field("previous") { $0.previous(self) }
      json.field("by_day") { json in json.list(days) { $0.day($1) } }
      json.field("by_operation") { json in
        json.list(operations) { $0.group($1, named: "operation", of: totals.credits) }
      }
      if by != .operation, !isTag {
        json.field("by", by.name)
        json.field(named: "by_" + by.name) { json in
          json.list(groups) { $0.group($1, named: by.name, of: totals.credits) }
        }
      }
      json.field("by_tag") { json in
        json.list(tags.flatMap { tag in tag.groups.map { (tag.name, $0) } }) { json, row in
          json.tag(row.0, row.1, of: totals.credits)
        }
      }
      json.field("by_outcome") { json in json.list(outcomes) { $0.outcome($1) } }
      json.field("waste") { $0.waste(waste, totals) }
      json.balance(self)
      json.field("burn_rate") { $0.burn(self) }
      json.field("forecast") { $0.forecast(forecast) }
      json.field("alerts") { json in json.list(alerts) { $0.alert($1) } }
      json.field("movers") { json in json.list(movers) { $0.text(sentence($1)) } }
      json.field("changes") { json in json.list(movers) { $0.mover($1) } }
      json.field("corrections") { json in
        json.list(corrections) { $0.correction($1, sentence($1)) }
      }
      json.field("notes") { json in json.list(notes) { $0.text($1) } }
    }
    return json.finished()
  }

  private var isTag: Bool { if case .tag = by { true } else { false } }
}

extension JSONWriter {
  mutating func credits(_ key: StaticString, _ micros: Int128?) {
    field(key, micros.map(Figures.credits))
  }

  mutating func whole(_ key: StaticString, _ number: Int128) {
    field(key, Figures.whole(number))
  }

  mutating func totals(_ sums: UsageSums) {
    whole("requests", sums.requests)
    credits("credits", sums.credits)
    bases(sums)
    whole("unpriced_requests", sums.unpricedRequests)
    whole("errors", sums.errors)
    whole("rate_limited", sums.rateLimited)
    whole("charged_requests", sums.chargedRequests)
  }

  private mutating func bases(_ sums: UsageSums) {
    credits("measured", sums.measured)
    credits("counted", sums.counted)
    credits("assumed", sums.assumed)
  }

  mutating func previous(_ report: PeriodReport) {
    let previous = report.previous
    object { json in
      json.credits("credits", previous.sums.credits)
      json.field("change", report.change)
      json.field("label", previous.period.label)
      json.whole("requests", previous.sums.requests)
      if let compared = previous.compared {
        json.credits("credits_so_far", compared.credits)
        json.whole("requests_so_far", compared.requests)
      }
    }
  }

  mutating func day(_ day: PeriodReport.Day) {
    object { json in
      json.field("date", day.date.description)
      json.whole("requests", day.sums.requests)
      json.credits("credits", day.sums.credits)
      json.field("hours", integer: day.hours)
      json.whole("unpriced_requests", day.sums.unpricedRequests)
      json.whole("errors", day.sums.errors)
      json.field("families") { json in
        json.list(day.families) { json, family in
          json.object { json in
            json.field("family", family.family)
            json.credits("credits", family.credits)
          }
        }
      }
    }
  }

  mutating func group(
    _ group: PeriodReport.Group,
    named name: String,
    of all: Int128
  ) {
    object { json in
      json.field(named: name) { $0.value(group.value) }
      json.field("title", group.title)
      json.field("unit", group.unit?.rawValue)
      json.field("quantity", group.unit.map { _ in group.sums.quantityDecimal })
      json.amounts(group, of: all)
    }
  }

  private mutating func amounts(_ group: PeriodReport.Group, of all: Int128) {
    whole("requests", group.sums.requests)
    credits("credits", group.sums.credits)
    field("share", Figures.share(group.sums.credits, of: all))
    whole("charged_requests", group.sums.chargedRequests)
    bases(group.sums)
    whole("unpriced_requests", group.sums.unpricedRequests)
    whole("errors", group.sums.errors)
    whole("rate_limited", group.sums.rateLimited)
    credits("previous_credits", group.previous.credits)
    field("change", Figures.change(group.sums.credits, group.previous.credits))
  }

  mutating func tag(_ name: String, _ group: PeriodReport.Group, of all: Int128) {
    object { json in
      json.field("tag", name)
      json.field("value") { $0.value(group.value) }
      json.amounts(group, of: all)
    }
  }

  mutating func outcome(_ outcome: PeriodReport.OutcomeCost) {
    object { json in
      json.field("outcome", outcome.id)
      json.field("title", outcome.title)
      json.field("count", outcome.count.map(Figures.credits))
      json.credits("credits", outcome.credits)
      json.field("credits_each", outcome.each)
      json.field("previous_count", outcome.previousCount.map(Figures.credits))
      json.field("previous_each", outcome.previousEach)
      json.whole("untold_requests", outcome.untold)
      json.field("note", outcome.note)
    }
  }

  mutating func waste(_ waste: PeriodReport.Waste, _ totals: UsageSums) {
    object { json in
      json.field("failed") { json in
        json.object { json in
          json.whole("requests", totals.errors)
          json.field("by_status") { json in
            json.list(waste.failed) { json, failed in
              json.object { json in
                json.field("status", integer: failed.status)
                json.whole("requests", failed.requests)
              }
            }
          }
        }
      }
      json.whole("throttled", totals.rateLimited)
      json.whole("replayed", waste.replayed)
      json.costs("found_nothing", waste.foundNothing)
      json.costs("repeats", waste.repeats)
      json.field("untold") { json in json.list(waste.untold) { $0.text($1) } }
    }
  }

  private mutating func costs(_ key: StaticString, _ costs: [PeriodReport.Waste.Cost]?) {
    field(key) { json in
      guard let costs else { return json.raw("null") }
      json.object { json in
        json.whole("requests", costs.reduce(0) { $0 + $1.requests })
        json.credits("credits", costs.reduce(0) { $0 + $1.credits })
        json.field("by_operation") { json in
          json.list(costs) { json, cost in
            json.object { json in
              json.field("operation", cost.operation)
              json.whole("requests", cost.requests)
              json.credits("credits", cost.credits)
            }
          }
        }
      }
    }
  }
}
