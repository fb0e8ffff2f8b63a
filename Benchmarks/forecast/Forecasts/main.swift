import Forecasting

// Forecasts many series in one process, for the benchmark. A line of standard input is a horizon,
// balances and values with commas, an empty one where it is missing; a line of output is the
// numbers of each step, then the steps by which each balance is gone.

func numbers(_ text: Substring) -> [Double?] {
  text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
}

while let line = readLine() {
  let parts = line.split(separator: " ", omittingEmptySubsequences: false)
  guard parts.count == 3, let horizon = Int(parts[0]),
    let forecast = Forecaster.forecast(numbers(parts[2]), horizon: horizon)
  else {
    print("")
    continue
  }
  let points = forecast.points.map { point in
    [point.expected, point.p025, point.p10, point.p50, point.p90, point.p975]
      .map { "\($0)" }.joined(separator: ",")
  }
  let dates = numbers(parts[1]).compactMap { $0 }.map { balance in
    let steps = forecast.runOut(balance: balance)
    return [steps.p10, steps.p50, steps.p90].map { $0.map { "\($0)" } ?? "" }.joined(separator: ",")
  }
  print(points.joined(separator: ";"), dates.joined(separator: ";"))
}
