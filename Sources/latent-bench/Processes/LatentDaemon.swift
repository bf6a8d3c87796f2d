import Foundation

/// `latent serve` on a free port of the loopback interface.
final class LatentDaemon {
  /// Where it listens.
  let port: Int
  /// Where it listens for HTTP.
  let httpPort: Int
  /// Where it listens for TLS; nil where it has no certificate.
  let tlsPort: Int?
  let program: ChildProgram
  /// Is not removed before the daemon has ended.
  private let folder: ScratchFolder

  /// Starts it in `folder`, on the models there, with `arguments` behind those that say where; waits until
  /// it listens. With a `certificate` it listens for TLS, too.
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
    // HTTP's address is the last that is told.
    let output = try program.waitForOutput("http://127.0.0.1:", andLineEnd: true)
    let lines = output.split(separator: "\n")
    func find(_ isOne: (Substring) -> Bool) throws -> Int? {
      guard let line = lines.first(where: isOne) else { return nil }
      guard let port = Int(line.split(separator: ":").last?.prefix { $0.isNumber } ?? "") else {
        throw ChildFailure(description: "latent serve said no port: \(output)")
      }
      return port
    }
    tlsPort = try find { $0.hasSuffix(" (TLS)") }
    guard let port = try find({ !$0.hasSuffix(" (TLS)") && !$0.contains("http:") }),
      let httpPort = try find({ $0.contains("http:") })
    else { throw ChildFailure(description: "latent serve said no port: \(output)") }
    (self.port, self.httpPort) = (port, httpPort)
  }

  deinit { program.stop() }

  /// How it ended; nil while it runs.
  var ending: ChildProgram.Ending? { program.ending }

  /// Its memory in MiB, as the system counts it. Throws when it has ended.
  func memory() throws -> Double {
    guard ending == nil, let bytes = memoryOfProcess("VmRSS", String(program.identifier)) else {
      // One that has ended has no memory, some time before it is told how.
      program.waitForEnd(within: .seconds(10))
      throw ended
    }
    return bytes / 1_048_576
  }

  /// How many files it has open, sockets among them. Throws when it has ended.
  func descriptorCount() throws -> Int {
    guard ending == nil,
      let names = try? FileManager.default.contentsOfDirectory(
        atPath: "/proc/\(program.identifier)/fd")
    else { throw ended }
    return names.count
  }

  /// That it ended, and how, while it was to run.
  var ended: ChildFailure {
    switch ending {
    case .signal(let number):
      ChildFailure(description: "latent serve was ended by signal \(number)")
    case .exit(let code): ChildFailure(description: "latent serve exited with \(code)")
    case nil: ChildFailure(description: "latent serve does not answer")
    }
  }
}

/// What the system says of a process's memory, in bytes: `VmRSS` is what it has in use, `VmHWM` the most
/// that it had. Nil when there is no such process.
func memoryOfProcess(_ figure: String, _ process: String = "self") -> Double? {
  let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix(figure + ":") }
  let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first
  return kilobytes.flatMap { Double($0) }.map { $0 * 1024 }
}

/// The processor time that a process has taken, in user mode and for it in the kernel, in seconds; nil when there is no such process.
func processorTimeOfProcess(_ process: pid_t) -> Double? {
  guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else {
    return nil
  }
  // Behind the name, which ends with a parenthesis: the 12th and 13th are utime and stime, in ticks.
  let fields = status.split(separator: ")").last?.split(separator: " ") ?? []
  guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
    return nil
  }
  return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
}

/// A TCP port of the loopback interface that nobody listens on right now.
func freePort() throws -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  guard descriptor >= 0 else { throw ChildFailure(description: "no socket to be had") }
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
  guard result == 0 else { throw ChildFailure(description: "no free port to be had") }
  return Int(UInt16(bigEndian: address.sin_port))
}
