import Foundation

/// The model that a new one must not be worse than: the one in service or, where that is damaged, the
/// newest earlier version that is whole, which the daemon serves in its place.
package struct Incumbent<Version> {
  /// What was opened of it; nil when there is none.
  package let version: Version?
  /// The state of the one in service.
  package let state: State
  /// For how long that has been in service; nil when it is not known.
  package let age: Duration?

  /// How the version in service is.
  package enum State: Sendable, Equatable {
    /// It is ``version``, if there is one.
    case whole
    /// It is damaged, and ``version`` is served in its place.
    case standIn(Int)
    /// It is damaged, and no earlier version could be served.
    case damaged
  }

  /// What it is called among the results.
  package var name: String {
    if case .standIn(let version) = state { "version \(version)" } else { "in service" }
  }

  /// What it is called beside its figure.
  package var description: String {
    if case .standIn(let version) = state {
      "version \(version), which stands in for the model in service, as that is damaged"
    } else {
      "the model in service"
    }
  }

  /// Looks for it among `versions`, and for one that stands in only if it `isCompared`. A model in
  /// service that is damaged is told of and no failure: a nightly job must not stop at it.
  ///
  /// - Parameters:
  ///   - open: Verifies and opens a version.
  ///   - damaged: Told what is wrong with the one in service, and which stands in.
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
  /// How long ago `time` was, in ISO 8601; nil for what is no time.
  package init?(since time: String) {
    guard let date = try? Date(time, strategy: .iso8601) else { return nil }
    self = .seconds(Date.now.timeIntervalSince(date))
  }
}
