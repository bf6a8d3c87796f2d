import ArgumentParser
import ImageData
import ImageReports

/// By what groups answers are told apart, whatever the split goes by.
struct ShownGroupOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Tell answers apart by a column, folder or pattern:REGEX, and leave the split as it is (default: what "
        + "--group-by names).", valueName: "column"))
  var groups: String?

  /// Puts the groups into `examined`, which is of `set`. Throws for an image without one.
  func apply(to examined: inout Examination, of set: ImageDataSet) throws {
    guard let groups else { return }
    let all = try ImageDataOptions.groups(groups).groups(of: set.items)
    examined.groups = examined.items.map { all[$0] }
  }
}
