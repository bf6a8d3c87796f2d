import Errors
import LineProtocol
import NIOCore

/// A setting that CONFIG GET tells, under the name that Redis has for it, and that CONFIG SET may change while the server runs.
///
/// What there is of one in code is its declaration, in a file of this folder, and its place in ``all``.
struct Setting: Sendable {
  /// Whether it can be changed, and how.
  enum Change: Sendable {
    /// It is fixed from the start, by what the text names; nil where there is no other value.
    case fixed(by: String?)
    /// Reads a value, or throws, and returns what sets it.
    case live(@Sendable (String, ServiceState) throws(ErrorReply) -> @Sendable () -> Void)
  }

  let name: String
  /// Its value now; nil where this server has none.
  let value: @Sendable (ServiceState) -> String?
  let change: Change

  /// Declares a setting that is fixed by `option`.
  static func fixed(
    _ name: String, by option: String? = nil,
    _ value: @escaping @Sendable (ServiceState) -> String?
  ) -> Setting {
    Setting(name: name, value: value, change: .fixed(by: option))
  }

  /// Declares one that is a whole number of `range`, which `set` sets.
  static func number(
    _ name: String, in range: @escaping @Sendable (ServiceState) -> ClosedRange<Int64>,
    _ value: @escaping @Sendable (ServiceState) -> Int64,
    set: @escaping @Sendable (ServiceState, Int64) -> Void
  ) -> Setting {
    Setting(
      name: name, value: { "\(value($0))" },
      change: .live { (text, service) throws(ErrorReply) in
        let range = range(service)
        guard let number = Int64(text), range.contains(number) else {
          throw .notSet(
            name, "argument must be between \(range.lowerBound) and \(range.upperBound) inclusive",
            remedy: "Give a whole number of these.")
        }
        return { set(service, number) }
      })
  }

  /// All settings, by their names.
  static let all: [Setting] = (ofLimits + ofObservation).sorted { $0.name < $1.name }
}

extension ErrorReply {
  /// A setting that stays as it was. Redis's own text.
  static func notSet(_ name: String, _ problem: String, remedy: String) -> ErrorReply {
    ErrorReply(
      .badArgument, "CONFIG SET failed (possibly related to argument '\(name)') - \(problem)",
      remedy: remedy)
  }
}
