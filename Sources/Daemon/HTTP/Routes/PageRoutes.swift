import NIOCore
import NIOHTTP1
import Pages

extension HTTPRoute {
  /// The look-up page.
  static let page = HTTPRoute(
    "/",
    .now { question in
      HTTPAnswer(
        status: .ok, contentType: "text/html; charset=utf-8", body: LookUpPage.html,
        headers: [("Content-Security-Policy", LookUpPage.policy)])
    })

  /// The script of the page.
  static let script = HTTPRoute(
    "/page.js", isOpen: true,
    .now { _ in file("text/javascript; charset=utf-8", PackageResources.page_js) })

  /// The style sheet of the page, including the style of all pages.
  static let style = HTTPRoute(
    "/page.css", isOpen: true, .now { _ in file("text/css; charset=utf-8", LookUpPage.style) })

  private static func file(_ type: String, _ bytes: [UInt8]) -> HTTPAnswer {
    HTTPAnswer(status: .ok, contentType: type, body: ByteBuffer(bytes: bytes))
  }
}
