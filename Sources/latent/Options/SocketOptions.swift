import ArgumentParser
import Daemon
import Foundation

/// Options for the daemon's Unix socket, its permissions, and handover.
struct SocketOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The Unix socket to listen on; by default only this user may connect.", valueName: "path")
  )
  var socket: String?

  @Option(
    help: ArgumentHelp(
      "The socket's permissions, as for chmod: 0660 is this user and the group.", valueName: "mode"),
    transform: {
      guard let mode = UInt32($0, radix: 8), mode <= 0o777 else {
        throw ValidationError("give up to four digits of 0 to 7, as for chmod")
      }
      return mode
    })
  var socketMode: UInt32?

  @Option(help: ArgumentHelp("The socket's group, by name or number.", valueName: "group"))
  var socketGroup: String?

  @Option(
    help: ArgumentHelp(
      "Replace the daemon that runs with the same option, if there is one: it hands over its sockets through this Unix socket, which "
        + "only this user may connect to, and no client is refused.", valueName: "path"))
  var handover: String?

  func validate() throws {
    guard handover == nil || handover != socket else {
      throw ValidationError("--handover and --socket can't be the same path.")
    }
    guard socket != nil || (socketMode == nil && socketGroup == nil) else {
      throw ValidationError("--socket-mode and --socket-group need a --socket: give one.")
    }
    _ = try rights()
  }

  /// Returns the socket's permissions and group.
  func rights() throws -> UnixSocket.Rights {
    var rights = UnixSocket.Rights()
    if let socketMode { rights.mode = socketMode }
    rights.group = try socketGroup.map { try Self.number(ofGroup: $0) }
    return rights
  }

  /// Returns the id of the group called `name`.
  private static func number(ofGroup name: String) throws -> UInt32 {
    if let number = UInt32(name) { return number }
    guard let group = getgrnam(name) else {
      throw ValidationError("--socket-group \(name): there is no such group.")
    }
    return group.pointee.gr_gid
  }
}
