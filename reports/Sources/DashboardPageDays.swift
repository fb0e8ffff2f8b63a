import CreditCore

// Day by day; and what to do where nothing is known yet.
extension DashboardPage {
  var days: [PageValues] {
    guard hasUsage, let days = month.days.first else { return [] }
    return [days.merging(["lead": lead, "guesses": guesses]) { $1 }]
  }

  private var lead: String {
    let past = "The last \(values.days.count) days, by family of operations"
    guard let forecast = report.forecast else {
      return past + ". A forecast needs a week of whole days of requests."
    }
    let coverage = forecast.coverage80.map {
      " Of the organisation's own past, \(Statistic.percent($0)) fell into such a band."
    }
    return past + ", and the forecast of the next 14." + (coverage ?? "")
  }

  private var guesses: [PageValues] {
    guard let forecast = report.forecast else { return [] }
    let rows = forecast.points.prefix(14).map { point -> PageValues in
      func words(_ value: Double) -> String { week.amount(Statistic.decimal(value, places: 2)) }
      return [
        "day": DateWords.day(point.date), "expected": words(point.expected),
        "low": words(point.p10), "high": words(point.p90),
      ]
    }
    return [["rows": rows, "model": forecast.model]]
  }

  /// What is missing, and how to give it.
  var steps: [PageValues] {
    var steps: [PageValues] = []
    if !hasUsage {
      steps.append(
        Self.step(
          "usage",
          "No usage yet",
          "The logs of the calls to graph8 tell where credits go. Give them by the command, or "
            + "send them here as they are written.",
          [
            ("A file or a folder of logs, in most formats", "creditmeter ingest access.log"),
            (
              "From a program, with a token that has the scope ingest",
              "curl -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/x-ndjson' "
                + "--data-binary @calls.ndjson $SERVICE/v1/requests"
            ),
          ]
        )
      )
    }
    if values.balance == nil {
      let commands = [
        ("By hand", "creditmeter snapshot add --balance 12450 --used 3000 --tier platform")
      ]
      switch values.polling {
      case .noKey:
        steps.append(
          Self.step(
            "balance-step",
            "No balance yet",
            "The service asks graph8 for the balance by itself once it is started with a key in "
              + "G8_API_KEY.",
            [("Before the service is started", "export G8_API_KEY=…")] + commands
          )
        )
      case .every(let span):
        steps.append(
          Self.step(
            "balance-step",
            "No balance yet",
            "graph8 is asked for it every \(span); the first answer is awaited.",
            []
          )
        )
      case .failing(let reason):
        steps.append(
          Self.step(
            "balance-step",
            "The balance cannot be had",
            "graph8 was asked, and this is why there is no answer: \(reason).",
            [("To see whether key and address are right", "creditmeter doctor")] + commands
          )
        )
      }
    }
    return steps
  }

  private static func step(
    _ id: String,
    _ heading: String,
    _ sentence: String,
    _ commands: [(what: String, command: String)]
  ) -> PageValues {
    [
      "id": id, "heading": heading, "sentence": sentence,
      "commands": commands.map { ["what": $0.what, "command": $0.command] as PageValues },
    ]
  }
}
