import CreditCore

extension PeriodReport {
  /// One page with everything in it: no script, nothing loaded from elsewhere.
  func html(_ templates: Templates) throws(EnvironmentFault) -> String {
    throw EnvironmentFault("to be done")
  }
}
