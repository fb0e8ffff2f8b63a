import CreditCore
import Reconciliation

// What of a report is about the balance, what comes next and what changed.
extension JSONWriter {
  mutating func balance(_ report: PeriodReport) {
    let sums = report.balanceSums
    let times = report.balanceTimes
    field("balance") { json in
      guard let sums else { return json.raw("null") }
      let isKnown = sums.used != nil
      json.object { json in
        json.credits("opening", sums.opening)
        json.credits("closing", sums.closing)
        json.credits("used", sums.used)
        json.credits("topped_up", isKnown ? sums.toppedUp : nil)
        json.credits("reset", isKnown ? sums.reset : nil)
        json.credits("refunded", isKnown ? sums.refunded : nil)
        json.credits("adjusted", isKnown ? sums.adjusted : nil)
        json.field("opening_at", times.map { report.zone.description(of: $0.from) })
        json.field("closing_at", times.map { report.zone.description(of: $0.to) })
        json.field("events") { json in
          json.list(report.events) { json, event in
            json.object { json in
              json.field("org", event.org)
              json.field("at", report.zone.description(of: event.event.at))
              json.field("kind", event.event.kind.name)
              json.field("credits", event.event.kind.credits?.decimal)
              json.field("what", event.event.kind.sentence)
            }
          }
        }
      }
    }
    field("reconciliation") { json in
      guard let sums, let used = sums.used else { return json.raw("null") }
      json.object { json in
        json.credits("left_balance", used)
        json.credits("rated", sums.rated)
        json.credits("unexplained", sums.unexplained)
        json.field("by_operation") { json in
          json.list(report.ratedOperations) { json, rated in
            json.object { json in
              json.field("operation", rated.operation)
              json.credits("credits", rated.credits)
            }
          }
        }
      }
    }
  }

  mutating func burn(_ report: PeriodReport) {
    object { json in
      json.field("per_hour", report.creditsPerHour)
      json.field("per_day", report.creditsPerDay)
      json.field("previous_per_hour", report.previousPerHour)
      json.field("previous_per_day", report.previousPerDay)
      json.field("change", report.burnChange)
      json.field("hours", report.burn.hours)
    }
  }

  mutating func forecast(_ forecast: SpendForecast?) {
    guard let forecast else { return raw("null") }
    object { json in
      json.field("model", forecast.model)
      json.field("points") { $0.points(forecast.points) }
      json.field("runs_out") { json in
        json.object { json in
          json.field("p10", forecast.runsOut.p10?.description)
          json.field("p50", forecast.runsOut.p50?.description)
          json.field("p90", forecast.runsOut.p90?.description)
        }
      }
      json.field("backtest") { json in
        json.object { json in
          json.field("mase", statistic: forecast.mase, places: 4)
          json.field("coverage_80", statistic: forecast.coverage80, places: 4)
          json.field("coverage_95", statistic: forecast.coverage95, places: 4)
        }
      }
      json.field("remarks") { json in json.list(forecast.remarks) { $0.text($1) } }
    }
  }

  mutating func alert(_ alert: PeriodReport.Alert) {
    object { json in
      json.field("rule", alert.rule)
      json.field("severity", alert.severity)
      json.field("state", alert.state)
      json.field("at", alert.at.description)
      json.field("reason", alert.reason)
    }
  }

  mutating func mover(_ mover: PeriodReport.Mover) {
    object { json in
      json.field("operation", mover.operation)
      json.credits("credits", mover.credits)
      json.credits("previous", mover.previous)
      json.field("change", Figures.change(mover.credits, mover.previous))
      json.field("causes") { json in json.list(mover.causes) { $0.text($1) } }
    }
  }

  mutating func correction(_ correction: PeriodReport.Correction, _ sentence: String) {
    object { json in
      json.field("reported_at", correction.reportedAt.description)
      json.field("corrected_at", correction.correctedAt.description)
      json.field("requests") { json in
        json.object { json in
          json.whole("was", correction.requests.was)
          json.whole("is", correction.requests.now)
        }
      }
      json.field("credits") { json in
        json.object { json in
          json.credits("was", correction.credits.was)
          json.credits("is", correction.credits.now)
        }
      }
      json.field("by_operation") { json in
        json.list(correction.operations) { json, change in
          json.object { json in
            json.field("operation", change.operation)
            json.whole("requests", change.requests)
            json.credits("credits", change.credits)
          }
        }
      }
      json.field("reasons") { json in json.list(correction.reasons) { $0.text($1) } }
      json.field("sentence", sentence)
    }
  }
}
