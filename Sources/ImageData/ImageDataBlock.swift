package import Images

/// How a data set is made, in parts that go together in any way (fastai: DataBlock):
///
///     let block = ImageDataBlock(
///       items: .table(ImageTableSource(file: "photos/labels.csv")), labels: .column("label"),
///       splitter: .random(share: 0.2, seed: 1), groups: .column("sender_id"))
///     let photos = try block.dataSet()
package struct ImageDataBlock: Equatable, Sendable {
  /// Where the images come from.
  package var items: ImageItemSource
  /// Where their labels come from.
  package var labels: LabelSource
  /// Which are held out.
  package var splitter: Splitter
  /// What must not stand on both sides of the split: a person, a video (``ItemText/folderPath``).
  package var groups: ItemText?
  /// What reads the images, within its limits.
  package var decoder = ImageDecoder()

  package init(
    items: ImageItemSource, labels: LabelSource, splitter: Splitter, groups: ItemText? = nil
  ) {
    self.items = items
    self.labels = labels
    self.splitter = splitter
    self.groups = groups
  }

  /// Finds the images and reads the labels; no image is opened.
  package func dataSet() throws(ImageDataError) -> ImageDataSet {
    try dataSet(of: ImageItems(items))
  }

  /// The data set of images that were found already.
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
