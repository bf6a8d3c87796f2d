import Daemon
import NIOCore
import NIOEmbedded
import TestEnvironment
import Testing

/// The order in which handshakes proceed, by a test clock: a step takes a millisecond.
struct HandshakeTurnTests {
  private let loop = EmbeddedEventLoop()
  private let turns: HandshakeTurns
  private let record = Record()

  /// The steps let through, in order, and how many had to wait.
  private final class Record {
    var steps: [String] = []
    var delayCount = 0
    var time = TimeAmount.zero
  }

  /// Stands in for the TLS handler.
  private final class Step: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let record: Record
    private let gate: HandshakeGate
    private let isLast: Bool

    init(_ record: Record, _ gate: HandshakeGate, isLast: Bool) {
      (self.record, self.gate, self.isLast) = (record, gate, isLast)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      record.steps.append(String(buffer: unwrapInboundIn(data)))
      record.time = record.time + .milliseconds(1)
      if isLast { gate.open() }
    }
  }

  init() {
    let (loop, record) = (loop, record)
    turns = HandshakeTurns(
      clock: LoopClock { loop.now }, processorTime: { record.time },
      onDelay: { record.delayCount += 1 })
  }

  private func client(_ address: String, isLast: Bool = true) throws -> EmbeddedChannel {
    let gate = HandshakeGate(
      for: ClientAddress(try SocketAddress(ipAddress: address, port: 1)), by: turns)
    let channel = EmbeddedChannel(
      handlers: [gate, Step(record, gate, isLast: isLast)], loop: loop)
    try channel.connect(to: SocketAddress(ipAddress: address, port: 1)).wait()
    return channel
  }

  private func send(_ text: String, by channel: EmbeddedChannel) throws {
    try channel.writeInbound(ByteBuffer(string: text))
  }

  @Test func oneAloneGoesOnAtOnce() throws {
    let channel = try client("192.0.2.1")
    try send("hello", by: channel)
    #expect(record.steps == ["hello"] && record.delayCount == 0)
    // Nothing is left between TLS and the client.
    #expect(throws: (any Error).self) {
      try channel.pipeline.syncOperations.handler(type: HandshakeGate.self)
    }
    try send("more", by: channel)
    #expect(record.steps == ["hello", "more"])
  }

  @Test func addressesTakeTurnsAndTheLoopRests() throws {
    let flood = try (1...5).map { _ in try client("192.0.2.1") }
    for (number, channel) in flood.enumerated() { try send("flood \(number)", by: channel) }
    #expect(record.steps == ["flood 0"] && record.delayCount == 4)
    let other = try client("192.0.2.2")
    try send("other", by: other)
    loop.advanceTime(by: .microseconds(999))
    #expect(record.steps == ["flood 0"])
    loop.advanceTime(by: .microseconds(1))
    #expect(record.steps == ["flood 0", "flood 1"])
    loop.advanceTime(by: .milliseconds(1))
    #expect(record.steps == ["flood 0", "flood 1", "other"])
    loop.advanceTime(by: .milliseconds(3))
    #expect(record.steps.suffix(3) == ["flood 2", "flood 3", "flood 4"])
    // After resting, the loop goes on at once.
    loop.advanceTime(by: .milliseconds(1))
    try send("late", by: client("192.0.2.1"))
    #expect(record.steps.last == "late")
  }

  @Test func whoIsGoneTakesNoTurn() throws {
    try send("first", by: client("192.0.2.1"))
    let gone = try client("192.0.2.1")
    try send("gone", by: gone)
    try send("third", by: client("192.0.2.1"))
    gone.close(promise: nil)
    loop.run()
    loop.advanceTime(by: .milliseconds(1))
    #expect(record.steps == ["first", "third"])
  }

  @Test func whatComesWhileItWaitsKeepsItsOrderAndHasALimit() throws {
    try send("first", by: client("192.0.2.1"))
    let channel = try client("192.0.2.1", isLast: false)
    for part in ["a", "b", "c"] { try send(part, by: channel) }
    loop.advanceTime(by: .milliseconds(1))
    #expect(record.steps == ["first", "abc"])
    try send("x", by: channel)
    try? send(String(repeating: "y", count: 200_000), by: channel)
    #expect(!channel.isActive)
    loop.advanceTime(by: .milliseconds(5))
    #expect(record.steps == ["first", "abc"])
  }
}
