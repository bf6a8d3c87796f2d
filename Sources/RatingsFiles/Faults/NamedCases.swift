/// Enumerations whose cases messages list by raw value.
extension CaseIterable where Self: RawRepresentable<String> & Equatable {
  /// Returns a list of all cases but `exception`.
  static func list(but exception: Self? = nil) -> String {
    allCases.filter { $0 != exception }.map(\.rawValue).joined(separator: ", ")
  }
}
