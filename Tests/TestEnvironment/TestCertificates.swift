import Foundation

/// A certificate authority and certificates it signs, created with OpenSSL in a folder.
package struct TestCertificates: Sendable {
  private let folder: TemporaryFolder

  /// A failure of OpenSSL.
  package struct Failure: Error {
    package let words: String
  }

  /// Creates the authority.
  package init(in folder: TemporaryFolder) throws {
    self.folder = folder
    try make("authority", [], days: 30)
  }

  /// The path of the authority's certificate.
  package var authority: String { certificate("authority") }
  /// Returns the path of the certificate called `name`.
  package func certificate(_ name: String) -> String { folder.path("\(name).pem") }
  /// Returns the path of the private key of the certificate called `name`.
  package func key(_ name: String) -> String { folder.path("\(name).key") }

  /// Creates a certificate and its key for the loopback interface, signed by the authority.
  package func sign(_ name: String, days: Int = 30) throws {
    try make(
      name,
      [
        "-CA", authority, "-CAkey", key("authority"), "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE",
      ], days: days)
  }

  /// Returns the certificate's serial number, as OpenSSL prints it.
  package func serial(_ name: String) throws -> String {
    try openSSL(["x509", "-in", certificate(name), "-noout", "-serial"])
  }

  /// Returns what OpenSSL's client prints about the server at `port`, after sending it `input`.
  package func show(port: Int, _ arguments: [String] = [], input: String = "QUIT\n") throws
    -> Program.Result
  {
    try Program(path: "/usr/bin/openssl", in: folder.path).run(
      ["s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", authority, "-ign_eof"] + arguments,
      input: input)
  }

  private func make(_ name: String, _ options: [String], days: Int) throws {
    _ = try openSSL(
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
        "\(days)", "-subj", "/CN=\(name)", "-keyout", key(name), "-out", certificate(name),
      ] + options)
  }

  private func openSSL(_ arguments: [String]) throws -> String {
    let result = try Program(path: "/usr/bin/openssl", in: folder.path).run(arguments)
    guard result.exitCode == 0 else { throw Failure(words: result.errors) }
    return result.output
  }
}
