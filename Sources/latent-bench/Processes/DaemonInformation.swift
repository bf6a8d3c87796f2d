import Foundation

/// The numbers that a daemon reports in INFO.
struct DaemonInformation {
  private let line: String

  /// Requests the given sections from the daemon at `port`.
  init(_ sections: String, at port: Int) throws {
    let connection = try ClientSocket(port: port, patience: 10)
    try connection.send("INFO \(sections)\n")
    line = String(decoding: try connection.receiveLine(), as: UTF8.self)
  }

  /// Returns the number called `name`. Throws ``ChildFailure`` if there is none.
  func number(_ name: String) throws -> Double {
    guard let place = line.range(of: "\"\(name)\":"),
      let number = Double(line[place.upperBound...].prefix { $0.isNumber })
    else { throw ChildFailure(description: "INFO has no \(name): \(line.prefix(200))") }
    return number
  }
}
