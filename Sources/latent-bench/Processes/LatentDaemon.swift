import Foundation

/// `latent serve` on a free port of the loopback interface.
final class LatentDaemon {
  /// The port for requests.
  let port: Int
  /// The port for HTTP.
  let httpPort: Int
  /// The port for TLS; nil without a certificate.
  let tlsPort: Int?
  let program: ChildProgram
  /// Kept so that the folder is not removed before the daemon has ended.
  private let folder: ScratchFolder

  /// Starts the daemon on the models in `folder`, with `arguments` after the options for its addresses, and waits until
  /// it listens. With a `certificate` it also listens for TLS.
  init(
    folder: ScratchFolder, threads: Int? = nil, _ arguments: [String] = [],
    certificate: ServerCertificate? = nil, limit: [String]? = nil
  ) throws {
    self.folder = folder
    program = try ChildProgram(
      ChildProgram.sibling("latent"),
      [
        "serve", "--models", folder.path, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0",
        "--log-level", "error",
      ]
        + (certificate.map {
          [
            "--tls-listen", "127.0.0.1:0", "--tls-cert-file", $0.path, "--tls-key-file", $0.keyPath,
          ]
        } ?? [])
        + (threads.map { ["--threads", String($0)] } ?? []) + arguments,
      in: folder.path, limit: limit)
    // HTTP's address is printed last.
    let output = try program.waitForOutput("http://127.0.0.1:", andLineEnd: true)
    let lines = output.split(separator: "\n")
    func find(_ isOne: (Substring) -> Bool) throws -> Int? {
      guard let line = lines.first(where: isOne) else { return nil }
      guard let port = Int(line.split(separator: ":").last?.prefix { $0.isNumber } ?? "") else {
        throw ChildFailure(description: "latent serve printed no port: \(output)")
      }
      return port
    }
    tlsPort = try find { $0.hasSuffix(" (TLS)") }
    guard let port = try find({ !$0.hasSuffix(" (TLS)") && !$0.contains("http:") }),
      let httpPort = try find({ $0.contains("http:") })
    else { throw ChildFailure(description: "latent serve printed no port: \(output)") }
    (self.port, self.httpPort) = (port, httpPort)
  }

  deinit { program.stop() }

  /// How it ended; nil while it is running.
  var ending: ChildProgram.Ending? { program.ending }

  /// Returns its memory in MiB, as reported by the system. Throws if it has ended.
  func memory() throws -> Double {
    guard ending == nil, let bytes = memoryOfProcess("VmRSS", String(program.identifier)) else {
      // An ended process has no memory some time before its ending is reported.
      program.waitForEnd(within: .seconds(10))
      throw ended
    }
    return bytes / 1_048_576
  }

  /// Returns its number of open files, including sockets. Throws if it has ended.
  func descriptorCount() throws -> Int {
    guard ending == nil,
      let names = try? FileManager.default.contentsOfDirectory(
        atPath: "/proc/\(program.identifier)/fd")
    else { throw ended }
    return names.count
  }

  /// An error that says that it ended early, and how.
  var ended: ChildFailure {
    switch ending {
    case .signal(let number):
      ChildFailure(description: "latent serve was ended by signal \(number)")
    case .exit(let code): ChildFailure(description: "latent serve exited with \(code)")
    case nil: ChildFailure(description: "latent serve does not answer")
    }
  }
}

/// Returns a process's memory in bytes, as reported by the system: `VmRSS` is the memory in use, `VmHWM` its peak. Nil
/// if there is no such process.
func memoryOfProcess(_ figure: String, _ process: String = "self") -> Double? {
  let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix(figure + ":") }
  let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first
  return kilobytes.flatMap { Double($0) }.map { $0 * 1024 }
}

/// Returns a process's CPU time, user and system, in seconds; nil if there is no such process.
func processorTimeOfProcess(_ process: pid_t) -> Double? {
  guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else {
    return nil
  }
  // After the name, which ends with a parenthesis, fields 12 and 13 are utime and stime, in ticks.
  let fields = status.split(separator: ")").last?.split(separator: " ") ?? []
  guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
    return nil
  }
  return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
}

/// Returns a TCP port of the loopback interface that is not in use.
func freePort() throws -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  guard descriptor >= 0 else { throw ChildFailure(description: "can't create a socket") }
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let result = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
      bind(descriptor, generic, length) == 0 ? getsockname(descriptor, generic, &length) : -1
    }
  }
  guard result == 0 else { throw ChildFailure(description: "can't find a free port") }
  return Int(UInt16(bigEndian: address.sin_port))
}
