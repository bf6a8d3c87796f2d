/// Cases that are called by their raw values, as messages list them.
extension CaseIterable where Self: RawRepresentable<String> & Equatable {
  /// All of them but one.
  static func list(but exception: Self? = nil) -> String {
    allCases.filter { $0 != exception }.map(\.rawValue).joined(separator: ", ")
  }
}
