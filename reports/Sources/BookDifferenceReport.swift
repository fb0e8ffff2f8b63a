public import Rating

extension BookDifference {
  public var table: String {
    if changes.isEmpty { return "no differences\n" }
    var table = TextTable([("what", .left), ("aspect", .left), ("was", .left), ("is", .left)])
    for change in changes {
      table.add([change.what, change.aspect, change.before ?? "", change.after ?? ""])
    }
    return table.text
  }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.prices_diff/1")
      json.field("changes") { json in
        json.list(changes) { json, change in
          json.object { json in
            json.field("what", change.what)
            json.field("aspect", change.aspect)
            json.field("before", change.before)
            json.field("after", change.after)
          }
        }
      }
    }
    return json.finished()
  }
}
