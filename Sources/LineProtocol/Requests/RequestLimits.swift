/// How large one request may be. Anything beyond loses the connection, after an error that says so.
package struct RequestLimits: Sendable, Equatable {
  /// The most bytes of one request: of a line before its line feed, or of an array with all its
  /// headers and terminators.
  package var requestBytes: Int
  /// The most bytes of one request of a command that takes data (``CommandDescription/takesData``), where that is more.
  package var dataBytes: Int
  /// The most arguments of one request, the command's name among them.
  package var argumentCount: Int
  /// The most memory of the commands between MULTI and EXEC. Beyond it they are refused, and the
  /// connection stays.
  package var transactionBytes: Int

  /// Pairs, two lists, and the command's other words: 4,032.
  package static let longestCommand = 4 * Argument.listLimit + 32

  /// Limits of 64 KiB, with data or without, as many arguments as the longest lists of one command have, and 4 MiB unless told otherwise.
  package init(
    requestBytes: Int = 65_536, dataBytes: Int = 0, argumentCount: Int = Self.longestCommand,
    transactionBytes: Int = 4 << 20
  ) {
    self.requestBytes = requestBytes
    self.dataBytes = max(dataBytes, requestBytes)
    self.argumentCount = argumentCount
    self.transactionBytes = transactionBytes
  }

  /// What somebody may send who has not said who they are: AUTH and HELLO have room.
  package var beforeLogin: RequestLimits {
    RequestLimits(
      requestBytes: min(requestBytes, 4 * Credentials.byteLimit),
      argumentCount: min(argumentCount, 16), transactionBytes: 0)
  }
}
