/// A reply, before it is encoded. Every case has one form in JSON and one in each version of RESP; PROTOCOL.md lists
/// them.
package enum Reply: Sendable, Equatable {
  /// A word such as OK: a simple string in RESP.
  case status(String)
  /// Text: a bulk string in RESP.
  case text(String)
  /// Bytes sent by a client and returned; in JSON repaired to valid UTF-8.
  case bytes([UInt8])
  case integer(Int64)
  /// A number with the fewest digits that parse as the same `Float`; in JSON, null if it is not finite.
  case number(Float)
  /// The id of a user or an item.
  case identifier(ReplyIdentifier)
  case null
  case list([Reply])
  /// An unsolicited list: in version 3 of RESP a push.
  case push([Reply])
  /// Named values sent as one text, for channels without maps: in RESP the text of their JSON.
  case document([ReplyField])
  /// Named values in this order: in RESP2 a list of alternating names and values.
  case map([ReplyField])
  /// Named values by section: in RESP the text of Redis's INFO, which its clients parse.
  case sections([ReplySection])
  /// One number and its context: in JSON an object, in RESP the number alone, as in the reply to ZSCORE.
  case value(Float, named: String, context: [ReplyField])
  /// Ranked items: see ``RankedItems``.
  case items(RankedItems)
  case error(ErrorReply)
}

/// An id of either type. An integer is a number in JSON. In RESP every id is a bulk string, like keys and members in
/// Redis, so that no client truncates 64 bits to a floating-point number.
package enum ReplyIdentifier: Sendable, Equatable, Hashable {
  case integer(Int64)
  case text(String)
}

/// A value and its name.
package struct ReplyField: Sendable, Equatable {
  package let name: String
  package let value: Reply

  package init(_ name: String, _ value: Reply) {
    self.name = name
    self.value = value
  }
}

/// Named values that belong together.
package struct ReplySection: Sendable, Equatable {
  package let name: String
  package let fields: [ReplyField]

  package init(_ name: String, _ fields: [ReplyField]) {
    self.name = name
    self.fields = fields
  }
}
