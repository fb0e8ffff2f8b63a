import CreditCore
import Rating

extension EstimateReport {
  var json: [UInt8] {
    // About what a line takes, so that a large estimate is not copied as it grows.
    var json = JSONWriter(capacity: 2_048 + estimate.lines.count * 400)
    json.object { json in
      json.field("schema", "creditmeter.estimate/1")
      json.field("name", estimate.name)
      json.field("plan", estimate.plan.id)
      json.field("book") { json in
        json.object { json in
          json.field("provider", estimate.bookProvider)
          json.field("version", estimate.bookVersion)
        }
      }
      json.field("totals") { $0.object { writeTotals(&$0) } }
      json.field("lines") { $0.list(estimate.lines) { $0.write($1, of: self) } }
      json.field("files") { $0.list(estimate.subtotals) { $0.write($1) } }
      json.field("balance") { $0.object { writeBalance(&$0) } }
      writeHold(&json)
      writeRunsOut(&json)
      json.field("sensitivity") { $0.list(estimate.sensitivity) { $0.write($1) } }
      if let record { json.field("record") { $0.write(record) } }
      if let fit { json.field("fit") { $0.write(fit) } }
      if let comparison { json.field("compare") { $0.write(comparison) } }
      json.field("gate") { json in
        json.object { json in
          json.field("passed", objections.isEmpty)
          json.field("reasons") { $0.list(objections) { $0.text($1) } }
        }
      }
      json.field("warnings") { $0.list(estimate.warnings) { $0.text($1) } }
    }
    return json.finished()
  }

  private func writeTotals(_ json: inout JSONWriter) {
    json.field("credits", totals.credits)
    json.field("usd", totals.usd)
    json.field("requests", totals.requests)
    json.field("duration_seconds", totals.duration)
    json.field("unpriced_lines", integer: totals.unpricedLines)
    json.field("by_confidence") { json in
      json.object { json in
        for (confidence, credits) in totals.byConfidence {
          switch confidence {
          case .published: json.field("published", credits)
          case .documented: json.field("documented", credits)
          case .assumed: json.field("assumed", credits)
          }
        }
      }
    }
    json.field("assumed_share", statistic: totals.assumedShare, places: 6)
    json.field("simulated") { json in
      guard let percentiles = estimate.percentiles else { return json.raw("null") }
      json.object { json in
        json.field("p10", statistic: percentiles.p10, places: 2)
        json.field("p50", statistic: percentiles.p50, places: 2)
        json.field("p90", statistic: percentiles.p90, places: 2)
      }
    }
  }

  private func writeBalance(_ json: inout JSONWriter) {
    json.field("before", estimate.balance.before)
    json.field("after", estimate.balance.after)
    json.field("covered", estimate.balance.covered.rawValue)
    json.field(
      "probability_covered",
      statistic: estimate.balance.probabilityCovered,
      places: 6
    )
    json.field("shortfall", estimate.balance.shortfall)
    if let balanceAt { json.field("at", balanceAt.description) }
  }

  private func writeHold(_ json: inout JSONWriter) {
    json.field("hold") { json in
      guard let hold = estimate.hold else { return json.raw("null") }
      json.object { json in
        json.field("peak", hold.peak)
        json.field("fits", hold.fits)
        json.field("largest_batch", hold.largestBatch)
        json.field("line", integer: hold.line)
      }
    }
  }

  private func writeRunsOut(_ json: inout JSONWriter) {
    json.field("runs_out") { json in
      guard let runsOut = estimate.runsOut else { return json.raw("null") }
      json.object { json in
        json.field("line", integer: runsOut.line)
        json.field("label", runsOut.label)
        json.field("unit", runsOut.unit.rawValue)
        json.field("at", runsOut.at)
        json.field("of", runsOut.of)
        json.field("elapsed_seconds", runsOut.elapsedSeconds)
      }
    }
  }
}

extension JSONWriter {
  fileprivate mutating func write(_ line: EstimateLine, of report: EstimateReport) {
    object { json in
      json.field("label", line.label)
      json.field("operation", line.operation)
      if let request = line.request { json.field("request", request) }
      if report.estimate.subtotals.count > 1 {
        json.field("file", report.estimate.subtotals[line.campaign].file)
      }
      json.field("metering", line.metering.rawValue)
      json.field("unit", line.unit.rawValue)
      json.field("quantity", line.quantity)
      json.field("credits", line.credits)
      json.field("requests", line.requests)
      json.field("formula", line.formula)
      json.field("assumptions") { $0.list(line.assumptions) { $0.text($1) } }
      json.field("confidence", line.confidence?.rawValue)
    }
  }

  fileprivate mutating func write(_ subtotal: Subtotal) {
    object { json in
      json.field("file", subtotal.file)
      json.field("name", subtotal.name)
      json.field("credits", subtotal.credits)
      json.field("requests", subtotal.requests)
      json.field("unpriced_lines", integer: subtotal.unpricedLines)
    }
  }

  fileprivate mutating func write(_ input: Sensitivity) {
    object { json in
      json.field("line", input.line.map { ExactDecimal($0) })
      json.field("label", input.label)
      json.field("input", input.input)
      json.field("values", input.values)
      json.field("change") { json in
        json.object { json in
          json.field("low", input.change.low)
          json.field("high", input.change.high)
        }
      }
    }
  }

  fileprivate mutating func write(_ fit: Fit) {
    object { json in
      json.field("credits", fit.credits)
      json.field("lines") { json in
        json.list(fit.lines) { json, line in
          json.object { json in
            json.field("label", line.label)
            json.field("unit", line.unit.rawValue)
            json.field("quantity", line.quantity)
            json.field("of", line.of)
          }
        }
      }
    }
  }

  fileprivate mutating func write(_ comparison: Comparison) {
    object { json in
      json.field("name", comparison.oldName)
      json.field("plan", comparison.plans.old)
      json.field("credits", comparison.oldTotal)
      json.field("change", comparison.change)
      json.field("lines") { json in
        json.list(comparison.lines) { json, line in
          json.object { json in
            json.field("label", line.label)
            json.field("operation", line.operation)
            json.field("status", line.status.rawValue)
            json.field("before", line.before)
            json.field("after", line.after)
            json.field("inputs") { json in
              json.list(line.inputs) { json, input in
                json.object { json in
                  json.field("input", input.name)
                  json.field("before", input.before)
                  json.field("after", input.after)
                }
              }
            }
          }
        }
      }
    }
  }
}
