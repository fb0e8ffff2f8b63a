public import CreditCore

/// What is to come: of an organisation's credits, or of any series.
public struct ForecastReport: Sendable {
  /// What is forecast.
  public enum Subject: Sendable {
    /// Credits of an organisation, or of all.
    case credits(org: String?)
    /// Values of a file.
    case series(String)
  }

  /// A planned campaign, as far as it lies ahead.
  public struct Campaign: Sendable {
    public var name: String
    public var starts: CivilDate
    public var days: Int
    /// Of all its days.
    public var credits: Bounds<Double>

    public init(name: String, starts: CivilDate, days: Int, credits: Bounds<Double>) {
      self.name = name
      self.starts = starts
      self.days = days
      self.credits = credits
    }
  }

  /// What the billing period comes to.
  public struct PeriodEnd: Sendable {
    /// Its last day.
    public var date: CivilDate
    /// The plan that the balances are of; nil where none is known, or they are of several.
    public var plan: String?
    /// Credits that the plan includes in a period; nil where that is not known.
    public var included: Double?
    /// Credits used of the period so far.
    public var used: Double
    /// What will have been used at its end.
    public var total: Bounds<Double>
    /// The chance that it is more than the plan includes: 0 to 1.
    public var chanceOver: Double?

    public init(date: CivilDate, used: Double, total: Bounds<Double>) {
      self.date = date
      self.used = used
      self.total = total
    }
  }

  public var subject: Subject
  public var zone: String
  public var forecast: SeriesForecast<String>
  /// Nil for a series of a file.
  public var periodEnd: PeriodEnd?
  public var campaigns: [Campaign] = []

  public init<Date>(_ subject: Subject, zone: String, _ forecast: SeriesForecast<Date>) {
    self.subject = subject
    self.zone = zone
    self.forecast = forecast.labelled
  }

  public var json: [UInt8] {
    var json = JSONWriter(capacity: 256 + forecast.points.count * 160)
    json.object { json in
      json.field("schema", "creditmeter.forecast/1")
      json.forecastFields(forecast)
      json.field("period_end") { $0.write(periodEnd) }
      json.backTest(of: forecast)
      json.field("balance", forecast.balance.map(micros))
      json.field("planned") { json in
        json.list(campaigns) { json, campaign in
          json.object { json in
            json.field("name", campaign.name)
            json.field("starts", campaign.starts.description)
            json.field("days", integer: campaign.days)
            json.field("credits") { json in
              json.object { json in
                json.field("low", statistic: campaign.credits.low, places: 6)
                json.field("expected", statistic: campaign.credits.expected, places: 6)
                json.field("high", statistic: campaign.credits.high, places: 6)
              }
            }
          }
        }
      }
      json.field("remarks") { json in json.list(forecast.remarks) { $0.text($1) } }
    }
    return json.finished()
  }
}

extension JSONWriter {
  /// The model, the points and when an amount is used up.
  mutating func forecastFields<Date>(_ forecast: SeriesForecast<Date>) {
    field("model", forecast.model)
    field("points") { json in
      json.list(forecast.points) { json, point in
        json.object { json in
          json.field("date", point.date.description)
          json.field("expected", statistic: point.expected, places: 6)
          json.field("p2_5", statistic: point.p025, places: 6)
          json.field("p10", statistic: point.p10, places: 6)
          json.field("p50", statistic: point.p50, places: 6)
          json.field("p90", statistic: point.p90, places: 6)
          json.field("p97_5", statistic: point.p975, places: 6)
        }
      }
    }
    field("runs_out") { json in
      json.object { json in
        json.field("p10", forecast.runsOut.p10?.description)
        json.field("p50", forecast.runsOut.p50?.description)
        json.field("p90", forecast.runsOut.p90?.description)
      }
    }
  }

  /// How the forecast did on the past.
  mutating func backTest<Date>(of forecast: SeriesForecast<Date>) {
    field("backtest") { json in
      json.object { json in
        json.field("mase", statistic: forecast.mase, places: 4)
        json.field("coverage_80", statistic: forecast.coverage80, places: 4)
        json.field("coverage_95", statistic: forecast.coverage95, places: 4)
      }
    }
  }

  fileprivate mutating func write(_ end: ForecastReport.PeriodEnd?) {
    guard let end else { return raw("null") }
    object { json in
      json.field("date", end.date.description)
      json.field("plan", end.plan)
      json.field("included", statistic: end.included, places: 6)
      json.field("used", statistic: end.used, places: 6)
      json.field("expected", statistic: end.total.expected, places: 6)
      json.field("p10", statistic: end.total.low, places: 6)
      json.field("p90", statistic: end.total.high, places: 6)
      json.field("chance_over", statistic: end.chanceOver, places: 4)
    }
  }
}

private func micros(_ amount: Int128) -> ExactDecimal {
  ExactDecimal(significand: amount, scale: Credits.places)
}
