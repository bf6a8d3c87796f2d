package import Images

/// A description of how to make a data set, from freely combinable parts (fastai: DataBlock):
///
///     let block = ImageDataBlock(
///       items: .table(ImageTableSource(file: "photos/labels.csv")), labels: .column("label"),
///       splitter: .random(share: 0.2, seed: 1), groups: .column("sender_id"))
///     let photos = try block.dataSet()
package struct ImageDataBlock: Equatable, Sendable {
  /// The source of the images.
  package var items: ImageItemSource
  /// The source of their labels.
  package var labels: LabelSource
  /// How to choose the held-out images.
  package var splitter: Splitter
  /// The groups that must not be on both sides of the split: a person, a video (``ItemText/folderPath``).
  package var groups: ItemText?
  /// The decoder of the images, with its limits.
  package var decoder = ImageDecoder()

  package init(
    items: ImageItemSource, labels: LabelSource, splitter: Splitter, groups: ItemText? = nil
  ) {
    self.items = items
    self.labels = labels
    self.splitter = splitter
    self.groups = groups
  }

  /// Finds the images and reads the labels; opens no image.
  package func dataSet() throws(ImageDataError) -> ImageDataSet {
    try dataSet(of: ImageItems(items))
  }

  /// Returns the data set of images already found.
  package func dataSet(of items: ImageItems) throws(ImageDataError) -> ImageDataSet {
    let targets = try labels.targets(of: items)
    let groups = try groups.map { (text) throws(ImageDataError) in
      (of: try text.groups(of: items), words: text.words)
    }
    return ImageDataSet(
      items: items, targets: targets, split: try splitter.split(items, groups: groups),
      groups: groups?.of, decoder: decoder)
  }
}
