import LineProtocol

/// The message to the subscribers of a channel, which is the name of a model.
struct ChannelMessage: Sendable {
  let channel: String
  let payload: Reply

  /// Creates the message that another version of `name` came into service; `nil` if there is none any more.
  init(_ facts: ModelFacts?, of name: String) {
    channel = name
    payload = .document(
      [
        ReplyField("model", .text(name)),
        ReplyField("version", facts.map { .integer(Int64($0.version)) } ?? .null),
      ]
        + (facts.map { facts in
          [ReplyField("kind", .text(facts.kind))]
            + (facts.predictorKind.map { [ReplyField("predictor", .text($0))] } ?? [])
            + (facts.sha256.map { [ReplyField("sha256", .text($0))] } ?? [])
            + [
              ReplyField("created_at", .text(facts.createdAt)),
              ReplyField("in_service_since", facts.inServiceSince.map { .text($0) } ?? .null),
            ]
        } ?? []))
  }

  /// Returns the messages to a connection with `subscriptions`: one for the channel, and one for each pattern that
  /// matches it, as in Redis.
  func replies(to subscriptions: Subscriptions) -> [Reply] {
    (subscriptions.channels.contains(channel)
      ? [.push([.text("message"), .text(channel), payload])] : [])
      + subscriptions.patterns.filter { $0.matches(channel) }.map {
        .push([.text("pmessage"), .text($0.text), .text(channel), payload])
      }
  }
}
