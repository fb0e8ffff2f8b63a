public import CreditCore

/// A report on its way to destinations, in the forms that they take.
public struct ReportMessage: Sendable {
  /// How a mail has it, and standard output.
  public enum Form: String, Sendable {
    case table
    case markdown
    case html
    case json
    case csv
  }

  /// The same on every attempt.
  public var id: String
  /// One line.
  public var title: String
  /// What matters most, a line each.
  public var summary: [String]
  /// The report for a terminal.
  public var text: String
  public var form: Form
  /// The report in that form.
  public var content: [UInt8]
  /// The report for programs: `creditmeter.report/1`.
  public var json: [UInt8]

  public init(
    id: String,
    title: String,
    summary: [String],
    text: String,
    form: Form,
    content: [UInt8],
    json: [UInt8]
  ) {
    self.id = id
    self.title = title
    self.summary = summary
    self.text = text
    self.form = form
    self.content = content
    self.json = json
  }

  /// A page beside the text; rows for programs are a file below the summary.
  var mail: MailContent {
    var mail = MailContent(id: id, subject: title, text: text)
    let summary = ([title, ""] + summary).map { $0 + "\n" }.joined()
    switch form {
    case .table: break
    case .markdown: mail.text = String(decoding: content, as: UTF8.self)
    case .html: mail.html = content
    case .json:
      mail.text = summary
      mail.file = MailContent.File(
        name: id + ".json",
        type: "application/json",
        bytes: content
      )
    case .csv:
      mail.text = summary
      mail.file = MailContent.File(name: id + ".csv", type: "text/csv", bytes: content)
    }
    return mail
  }
}

extension Sinks {
  /// Sends a report to a destination, once: mail in its form, a webhook the report as JSON,
  /// signed as alerts are, Slack its summary.
  public func deliver(
    _ report: ReportMessage,
    to destination: Destination,
    at now: Instant
  ) -> DeliveryOutcome {
    do throws(EnvironmentFault) {
      switch destination.kind {
      case .webhook(let address, let secret):
        let sink = WebhookSink(url: try url(address), secret: try secret.map(value(of:)))
        return sink.post(String(decoding: report.json, as: UTF8.self), id: report.id, at: now)
      case .slack(let address):
        return SlackSink(url: try url(address)).post(report.title, report.summary, at: now)
      case .smtp(let mailbox): return try mailSink(mailbox).send(report.mail, at: now)
      case .stdout:
        do { try write(String(decoding: report.content, as: UTF8.self)) } catch {
          return .retry("\(error)", after: nil)
        }
        return .delivered
      case .alertmanager: return .refused("Alertmanager takes alerts, and no reports")
      }
    } catch { return .refused(error.description) }
  }
}
