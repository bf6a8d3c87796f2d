import Errors
import LineProtocol
import NIOCore

/// A setting that CONFIG GET shows under Redis's name, and that CONFIG SET may change at run time.
///
/// To add one, declare it in a file of this folder and list it in ``all``.
struct Setting: Sendable {
  /// Whether it can be changed, and how.
  enum Change: Sendable {
    /// Fixed at the start, by the named option; `nil` if there is no other value.
    case fixed(by: String?)
    /// Parses a value, or throws, and returns a closure that sets it.
    case live(@Sendable (String, ServiceState) throws(ErrorReply) -> @Sendable () -> Void)
  }

  let name: String
  /// Returns the current value; `nil` if this server has none.
  let value: @Sendable (ServiceState) -> String?
  let change: Change

  /// Returns a setting that is fixed by `option`.
  static func fixed(
    _ name: String, by option: String? = nil,
    _ value: @escaping @Sendable (ServiceState) -> String?
  ) -> Setting {
    Setting(name: name, value: value, change: .fixed(by: option))
  }

  /// Returns a setting whose value is a whole number in `range`, changed by `set`.
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
            remedy: "Give a whole number in this range.")
        }
        return { set(service, number) }
      })
  }

  /// All settings, sorted by name.
  static let all: [Setting] = (ofLimits + ofObservation).sorted { $0.name < $1.name }
}

extension ErrorReply {
  /// Returns the error for a setting that stays as it was. Redis's own text.
  static func notSet(_ name: String, _ problem: String, remedy: String) -> ErrorReply {
    ErrorReply(
      .badArgument, "CONFIG SET failed (possibly related to argument '\(name)') - \(problem)",
      remedy: remedy)
  }
}
