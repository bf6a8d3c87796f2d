import ArgumentParser
import Daemon
import Foundation

/// The Unix socket that the daemon listens on, and who may connect there.
struct SocketOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The Unix socket to listen on, for this user alone unless told otherwise.", valueName: "path")
  )
  var socket: String?

  @Option(
    help: ArgumentHelp(
      "Who may connect there, as in chmod: 0660 is this user and the group.", valueName: "mode"),
    transform: {
      guard let mode = UInt32($0, radix: 8), mode <= 0o777 else {
        throw ValidationError("give up to four digits of 0 to 7, as for chmod")
      }
      return mode
    })
  var socketMode: UInt32?

  @Option(help: ArgumentHelp("The group of the socket, by name or number.", valueName: "group"))
  var socketGroup: String?

  @Option(
    help: ArgumentHelp(
      "Take the place of the daemon that runs with the same option, if one does: its sockets are handed over at this Unix socket, which "
        + "is for this user alone, and nobody who connects is refused.", valueName: "path"))
  var handover: String?

  func validate() throws {
    guard handover == nil || handover != socket else {
      throw ValidationError("--handover and --socket can't be one path.")
    }
    guard socket != nil || (socketMode == nil && socketGroup == nil) else {
      throw ValidationError("--socket-mode and --socket-group say whose the --socket is: give one.")
    }
    _ = try rights()
  }

  /// Who may connect.
  func rights() throws -> UnixSocket.Rights {
    var rights = UnixSocket.Rights()
    if let socketMode { rights.mode = socketMode }
    rights.group = try socketGroup.map { try Self.number(ofGroup: $0) }
    return rights
  }

  /// The number of the group called `name`.
  private static func number(ofGroup name: String) throws -> UInt32 {
    if let number = UInt32(name) { return number }
    guard let group = getgrnam(name) else {
      throw ValidationError("--socket-group \(name): there is no such group.")
    }
    return group.pointee.gr_gid
  }
}
