import ArgumentParser

/// The format of `latent export model`. Memory is bounded by a row.
struct ModelExportFormat: ExpressibleByArgument, Sendable {
  let name: String
  /// Writes all files of the export.
  let write: @Sendable (ModelExport, ExportFolder) throws -> Void

  /// All formats.
  static let all = [csv, npy, sql]

  init(_ name: String, write: @escaping @Sendable (ModelExport, ExportFolder) throws -> Void) {
    self.name = name
    self.write = write
  }

  init?(argument: String) {
    guard let format = Self.all.first(where: { $0.name == argument }) else { return nil }
    self = format
  }

  var defaultValueDescription: String { name }
  static var allValueStrings: [String] { all.map(\.name) }
}
