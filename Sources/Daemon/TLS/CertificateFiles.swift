import Errors
import Foundation
import NIOCore
import NIOSSL

/// The files by which a server authenticates itself and its clients.
package struct CertificateFiles: Sendable {
  /// Whether clients have to present a certificate.
  package enum Clients: String, Sendable, CaseIterable {
    /// A valid one is required.
    case yes
    /// One that is presented must be valid.
    case optional
    /// Clients are not asked for one.
    case no
  }

  /// The server's certificate, and the intermediate ones, in PEM.
  package let certificate: String
  /// The private key, in PEM.
  package let key: String
  /// The certificates of the authorities for clients, in PEM; `nil` if clients are not asked.
  package let authorities: String?
  package let clients: Clients

  package init(certificate: String, key: String, authorities: String?, clients: Clients) {
    self.certificate = certificate
    self.key = key
    self.authorities = authorities
    self.clients = clients
  }

  var paths: [String] { [certificate, key] + (authorities.map { [$0] } ?? []) }

  private static let byteLimit = 1 << 20
  /// How long a client may take to answer the close of TLS.
  private static let farewellTime = TimeAmount.seconds(1)

  /// The parsed content of the files.
  struct Contents {
    let context: NIOSSLContext
    /// When the first of the server's own certificates expires.
    let expiry: Date
  }

  /// Reads the files. Blocks.
  func read() throws(AccessError) -> Contents {
    let chain = try certificates(in: certificate)
    let key = try privateKey()
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    configuration.shutdownTimeout = Self.farewellTime
    if let authorities, clients != .no {
      configuration.trustRoots = .certificates(try certificates(in: authorities))
      configuration.certificateVerification =
        clients == .yes ? .noHostnameVerification : .optionalVerification
      configuration.sendCANameList = true
    }
    let expiry = chain.map(\.notValidAfter).min() ?? 0
    do {
      return Contents(
        context: try NIOSSLContext(configuration: configuration),
        expiry: Date(timeIntervalSince1970: TimeInterval(expiry)))
    } catch {
      throw AccessError(
        .badCertificate, "the certificate and the key \(self.key) do not match: \(error)",
        place: certificate, remedy: "Name a certificate and the key that it was made with.")
    }
  }

  private func certificates(in path: String) throws(AccessError) -> [NIOSSLCertificate] {
    let bytes = try GuardedFile.read(path, byteLimit: Self.byteLimit, isPublic: true)
    guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else {
      throw AccessError(
        .badCertificate, "it holds no certificate in PEM", place: path,
        remedy: "Name a file with -----BEGIN CERTIFICATE-----.")
    }
    return found
  }

  private func privateKey() throws(AccessError) -> NIOSSLPrivateKey {
    let bytes = try GuardedFile.read(key, byteLimit: Self.byteLimit)
    guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
      throw AccessError(
        .badCertificate, "it holds no private key in PEM, or one with a passphrase", place: key,
        remedy: "Name an unencrypted key, such as openssl writes with -nodes.")
    }
    return key
  }
}
