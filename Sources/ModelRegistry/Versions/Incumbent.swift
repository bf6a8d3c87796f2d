import Foundation

/// The baseline that a new model must not fall below: the model in service or, if that is damaged, the newest intact
/// earlier version, which the daemon serves in its place.
package struct Incumbent<Version> {
  /// The opened version; nil if there is none.
  package let version: Version?
  /// The state of the version in service.
  package let state: State
  /// How long that version has been in service; nil if unknown.
  package let age: Duration?

  /// The state of the version in service.
  package enum State: Sendable, Equatable {
    /// It is intact and is ``version``, or no version is in service.
    case whole
    /// It is damaged, and the given earlier version is served in its place.
    case standIn(Int)
    /// It is damaged, and no earlier version can be served.
    case damaged
  }

  /// The name shown in result tables.
  package var name: String {
    if case .standIn(let version) = state { "version \(version)" } else { "in service" }
  }

  /// The description shown next to its metric.
  package var description: String {
    if case .standIn(let version) = state {
      "version \(version), used in place of the damaged model in service"
    } else {
      "the model in service"
    }
  }

  /// Finds the baseline among `versions`. Looks for a stand-in only if `isCompared`: the new model is compared with it.
  /// A damaged model in service is reported through `damaged` and is not an error: a nightly job must not stop because
  /// of it.
  ///
  /// - Parameters:
  ///   - open: Verifies and opens a version.
  ///   - damaged: Receives the error of the version in service, and the version that stands in for it.
  package init(
    among versions: ModelVersions, isCompared: Bool,
    open: (Int) throws(ModelFileError) -> Version,
    damaged: (_ flaw: ModelFileError, _ standIn: Int?) -> Void
  ) {
    let flaw: ModelFileError
    do throws(ModelFileError) {
      let current = try versions.current()
      let opened: Version? = if let current { try open(current) } else { nil }
      let since: String? = if let current { try versions.inServiceSince(current) } else { nil }
      (version, state, age) = (opened, .whole, since.flatMap { Duration(since: $0) })
      return
    } catch { flaw = error }
    age = nil
    if isCompared, let number = try? versions.standIn(), let opened = try? open(number) {
      (version, state) = (opened, .standIn(number))
    } else {
      (version, state) = (nil, .damaged)
    }
    if case .standIn(let number) = state { damaged(flaw, number) } else { damaged(flaw, nil) }
  }
}

extension Duration {
  /// Creates the time elapsed since `time`, given in ISO 8601. Nil if it is not a valid time.
  package init?(since time: String) {
    guard let date = try? Date(time, strategy: .iso8601) else { return nil }
    self = .seconds(Date.now.timeIntervalSince(date))
  }
}
