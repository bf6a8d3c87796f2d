import Daemon
import Foundation
import TestEnvironment
import Testing

/// An HTTP client on a real socket, with a persistent connection.
final class HTTPClient: Sendable {
  /// A response.
  struct Answer: Sendable {
    let status: Int
    /// The headers, by lower-case name.
    let headers: [String: String]
    let body: String

    /// The body as JSON.
    var json: [String: Any] {
      get throws {
        try #require(
          JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any], "\(body)")
      }
    }
  }

  let socket: SocketClient

  init(_ socket: SocketClient) { self.socket = socket }

  /// Sends a request and reads the response.
  func ask(
    _ target: String, method: String = "GET", host: String? = "localhost", headers: [String] = []
  ) throws -> Answer {
    let lines = ["\(method) \(target) HTTP/1.1"] + (host.map { ["Host: \($0)"] } ?? []) + headers
    try socket.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
    return try answer(withBody: method != "HEAD")
  }

  /// Reads the next response.
  func answer(withBody: Bool = true) throws -> Answer {
    func line() throws -> String {
      let line = try #require(try socket.receiveLine(), "the connection ended")
      return line.hasSuffix("\r") ? String(line.dropLast()) : line
    }
    let first = try line()
    let status = try #require(
      first.split(separator: " ").dropFirst().first.flatMap { Int($0) }, "\(first)")
    var headers: [String: String] = [:]
    while case let header = try line(), !header.isEmpty {
      let colon = try #require(header.firstIndex(of: ":"), "\(header)")
      headers[header[..<colon].lowercased()] = header[header.index(after: colon)...]
        .trimmingCharacters(in: .whitespaces)
    }
    let length = try #require(headers["content-length"].flatMap { Int($0) }, "\(headers)")
    let body = withBody ? try socket.receive(length) : []
    return Answer(status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
  }
}

extension TestServer {
  /// Runs an HTTP client on a separate thread.
  func talkHTTP<Result: Sendable>(
    _ body: @escaping @Sendable (HTTPClient) throws -> Result
  ) async throws -> Result {
    try await talk(over: http) { try body(HTTPClient($0)) }
  }

  /// Returns the response to one request.
  func get(_ target: String, headers: [String] = []) async throws -> HTTPClient.Answer {
    try await talkHTTP { try $0.ask(target, headers: headers) }
  }
}
