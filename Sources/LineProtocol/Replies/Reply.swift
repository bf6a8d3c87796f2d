/// An answer, before it is known how it will be written. Every case has one form in JSON and one in
/// each version of RESP; PROTOCOL.md lists them.
package enum Reply: Sendable, Equatable {
  /// A word such as OK: a simple string in RESP.
  case status(String)
  /// Text: a bulk string in RESP.
  case text(String)
  /// Bytes that a client sent, given back: in JSON repaired to valid UTF-8.
  case bytes([UInt8])
  case integer(Int64)
  /// A number with the fewest digits that read back as the same `Float`; JSON has null for one
  /// that is not finite.
  case number(Float)
  /// The id of a user or an item.
  case identifier(ReplyIdentifier)
  case null
  case list([Reply])
  /// A list that nobody asked for just now: in version 3 of RESP a push.
  case push([Reply])
  /// Named values that go as one text through what knows no maps: in RESP the text of their JSON.
  case document([ReplyField])
  /// Named values in this order: in RESP2 a list of names and values by turns.
  case map([ReplyField])
  /// Named values by section: in RESP the text that Redis's INFO has, which its clients read.
  case sections([ReplySection])
  /// One number and what it is of: in JSON an object, in RESP the number alone, as ZSCORE gives it.
  case value(Float, named: String, context: [ReplyField])
  /// Ranked items: see ``RankedItems``.
  case items(RankedItems)
  case error(ErrorReply)
}

/// An id of either type. An integer is a number in JSON; in RESP every id is a bulk string, as keys
/// and members are in Redis, so that no client cuts 64 bits down to a floating-point number.
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
