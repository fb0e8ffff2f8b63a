extension Reject {
  /// As `--rejects` writes it, without a line end.
  public var json: String {
    #"{"file":\#(LogTags.quoted(file)),"line":\#(line),"column":\#(column),"#
      + #""reason":"\#(reason.rawValue)","message":\#(LogTags.quoted(message)),"#
      + #""raw":\#(LogTags.quoted(raw))}"#
  }
}
