/// The limits on the size of a request. Beyond them the connection is closed, after an error that says so.
package struct RequestLimits: Sendable, Equatable {
  /// The maximum size of a request in bytes: of a line before its line feed, or of an array with all its headers and
  /// terminators.
  package var requestBytes: Int
  /// The maximum size in bytes of a request for a command that takes data (``CommandDescription/takesData``), if that
  /// is more.
  package var dataBytes: Int
  /// The maximum number of arguments of a request, including the command's name.
  package var argumentCount: Int
  /// The maximum memory of the commands between MULTI and EXEC. Beyond it they are refused, and the connection stays.
  package var transactionBytes: Int

  /// The arguments of the longest command: pairs, two lists, and its other words, 4,032 in all.
  package static let longestCommand = 4 * Argument.listLimit + 32

  /// Creates limits; by default 64 KiB, with data or without, as many arguments as the longest lists of one command
  /// have, and 4 MiB for a transaction.
  package init(
    requestBytes: Int = 65_536, dataBytes: Int = 0, argumentCount: Int = Self.longestCommand,
    transactionBytes: Int = 4 << 20
  ) {
    self.requestBytes = requestBytes
    self.dataBytes = max(dataBytes, requestBytes)
    self.argumentCount = argumentCount
    self.transactionBytes = transactionBytes
  }

  /// The limits before login, with room for AUTH and HELLO.
  package var beforeLogin: RequestLimits {
    RequestLimits(
      requestBytes: min(requestBytes, 4 * Credentials.byteLimit),
      argumentCount: min(argumentCount, 16), transactionBytes: 0)
  }
}
