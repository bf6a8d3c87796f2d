import NIOCore
import NIOHTTP1

extension HTTPRoute {
  /// The daemon's metrics, for Prometheus.
  static let metrics = HTTPRoute(
    "/metrics",
    .onThread { question in
      let format = MetricsText.Format(accept: question.accept)
      return HTTPAnswer(
        status: .ok, contentType: format.contentType,
        body: ByteBuffer(string: MetricsText.of(Metric.all, question.server, as: format)))
    })
}
