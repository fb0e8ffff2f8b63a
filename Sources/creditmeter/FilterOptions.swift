public import ArgumentParser
public import CreditCore
public import UsageStore

/// Which requests a run looks at.
struct FilterOptions: ParsableArguments {
  @Option(help: "Only this organisation; may be repeated, as all of these may.")
  var org: [String] = []

  @Option(
    help: ArgumentHelp("Only these operations; voice.* is all of a family.", valueName: "operation")
  )
  var operation: [String] = []

  @Option(help: "Only operations of this family.")
  var family: [String] = []

  @Option(help: ArgumentHelp("Only this path; * is anything, {id} one segment.", valueName: "path"))
  var path: [String] = []

  @Option(help: "Only this HTTP method.")
  var method: [String] = []

  @Option(help: "Only this status: 429, 4xx, or none.")
  var status: [UsageFilter.Status] = []

  @Option(
    help: ArgumentHelp("Only requests with this tag; all that are given.", valueName: "name=value")
  )
  var tag: [String] = []

  @Option(help: "Only credits known so: measured, counted, assumed or unpriced.")
  var basis: [Basis] = []

  @Option(help: "Only metered, free or unpriced operations.")
  var metering: [Metering] = []

  @Option(help: "Only requests from logs of this source.")
  var source: [String] = []

  func resolve() -> UsageFilter {
    var filter = UsageFilter()
    filter.orgs = org
    filter.operations = operation.map { Wildcard($0) }
    filter.families = family.map { Wildcard($0) }
    filter.paths = path.map { PathPattern($0) }
    filter.methods = method.map { $0.uppercased() }
    filter.statuses = status
    filter.bases = basis
    filter.meterings = metering
    filter.sources = source
    filter.tags = tag.map { UsageFilter.Tag($0) }
    return filter
  }
}

extension UsageFilter.Status: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension Basis: ExpressibleByArgument {}
