/* Bring the current page's entry into sight in the navigation, which starts at its top on each page. */
const entry = document.querySelector(".sidebar-tree .current-page");
const box = document.querySelector(".sidebar-scroll");
if (entry && box) {
  const above = entry.getBoundingClientRect().top - box.getBoundingClientRect().top;
  box.scrollTop += above - box.clientHeight / 3;
}
