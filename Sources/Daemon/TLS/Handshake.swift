import Logging
import NIOCore
import NIOSSL
import NIOTLS
import Synchronization

/// Requires that a client completes the TLS handshake in time. Follows the TLS handler until that is done.
final class Handshake: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private let limit: TimeAmount
  private let certificate: ServedCertificate
  private let warning: RepeatedWarning
  private let gate: HandshakeGate
  private let statistics: WorkerStatistics
  private var timer: Scheduled<Void>?

  /// Creates a handshake limited to `limit`, with `certificate`, of a client whose bytes come through `gate`.
  init(
    within limit: TimeAmount, showing certificate: ServedCertificate, by gate: HandshakeGate,
    statistics: WorkerStatistics, warning: RepeatedWarning
  ) {
    self.limit = limit
    self.certificate = certificate
    self.gate = gate
    self.statistics = statistics
    self.warning = warning
  }

  func channelActive(context: ChannelHandlerContext) {
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [self] in
      fail(
        gate.isHolding
          ? "the server was busy with other handshakes" : "it was not completed in time", context)
      context.cutOff()
    }
    context.fireChannelActive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case TLSUserEvent.handshakeCompleted = event {
      timer?.cancel()
      gate.open()
      statistics.handshakes.increment()
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if case NIOSSLError.handshakeFailed(let reason) = error { fail("\(reason)", context) }
    context.fireErrorCaught(error)
  }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  /// Records, once, that the handshake failed.
  private func fail(_ reason: String, _ context: ChannelHandlerContext) {
    guard timer != nil else { return }
    timer?.cancel()
    timer = nil
    certificate.failedHandshakes.wrappingAdd(1, ordering: .relaxed)
    warning("no TLS handshake with \(ClientAddress(context.remoteAddress)): \(reason)")
  }
}

extension ChannelHandlerContext {
  /// Whether the client has not completed the TLS handshake.
  var isInHandshake: Bool {
    (try? pipeline.syncOperations.handler(type: Handshake.self)) != nil
  }

  /// Closes the connection at once, without the close of TLS, which would wait for the client.
  func cutOff() {
    let encryption = try? pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
    (encryption ?? self).close(promise: nil)
  }
}

extension Channel {
  /// Encrypts the connection, one of `worker`'s, by its current certificate. Throws nothing that a client can cause.
  func encrypt(by worker: Worker, warning: RepeatedWarning) throws {
    guard let certificate = worker.service.certificate else {
      preconditionFailure("a connection by TLS without a certificate")
    }
    var configuration = NIOSSLServerHandler.Configuration()
    configuration.maximumPreservedOutboundBufferCapacity = Turn.outputShare
    let handler = NIOSSLServerHandler(
      context: certificate.context, customVerificationCallback: nil, configuration: configuration)
    let gate = HandshakeGate(for: ClientAddress(remoteAddress), by: worker.handshakes)
    try pipeline.syncOperations.addHandlers([
      gate, handler,
      Handshake(
        within: TimeAmount(worker.service.limits.handshakeTime), showing: certificate, by: gate,
        statistics: worker.statistics, warning: warning),
    ])
  }
}
