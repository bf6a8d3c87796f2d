/// How large one request may be. Anything beyond loses the connection, after an error that says so.
package struct RequestLimits: Sendable, Equatable {
  /// The most bytes of one request: of a line before its line feed, or of an array with all its
  /// headers and terminators.
  package var requestBytes: Int
  /// The most arguments of one request, the command's name among them.
  package var argumentCount: Int

  /// Limits of 64 KiB and 1,024 arguments unless told otherwise.
  package init(requestBytes: Int = 65_536, argumentCount: Int = 1024) {
    self.requestBytes = requestBytes
    self.argumentCount = argumentCount
  }
}
