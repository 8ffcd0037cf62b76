# The book as a website in which every session boots: build/site, static files
# with relative links, for any host.
#
#   make site        builds it
#   make site-serve  and shows it at http://127.0.0.1:8000/ (PORT=… elsewhere)
#   make test-site   and tests it in Chromium
#
# The packages that package-lock.json names go to build/node, and all work is
# done there: nothing is written beside the sources.

NODE_DIR := build/node
SITE_WORK := $(NODE_DIR)/work
SITE_FILES := $(wildcard site/* site/.npmrc site/*/* site/*/*/*)
PORT ?= 8000

.PHONY: site site-serve test-site clean-site
site:
	@./run.sh --with site $(MAKE) --no-print-directory build/site/index.html

$(NODE_DIR)/node_modules/.package-lock.json: site/package-lock.json
	@mkdir -p $(NODE_DIR) && cp site/package.json site/package-lock.json \
		site/.npmrc $(NODE_DIR)
	npm ci --prefix $(NODE_DIR)

# What a page runs: the machine, and the kernel of each session.
$(SITE_WORK)/manifest.json: $(wildcard site/build/* site/programs/* \
		book/*.md book/answers/*.md book/leafbook/*.py libc/*) Makefile
	@mkdir -p $(SITE_WORK)
	node site/build/kernels.mjs . $(SITE_WORK) $(SITE_WORK)/public/k
	@touch $@

build/site/index.html: $(NODE_DIR)/node_modules/.package-lock.json \
		$(SITE_WORK)/manifest.json build/machine/machine.wasm $(SITE_FILES)
	@rm -rf $(NODE_DIR)/site $(SITE_WORK)/pages build/site
	@cp -R site $(NODE_DIR) && mkdir -p $(SITE_WORK)/pages
	@cp -R book/*.md book/answers site/pages/. $(SITE_WORK)/pages
	@cp -R site/public/. build/machine/machine.wasm $(SITE_WORK)/public
	node site/build/cut.mjs $(SITE_WORK)
	cd $(NODE_DIR)/site && LEAF_TOP='$(CURDIR)' \
		LEAF_WORK='$(CURDIR)/$(SITE_WORK)' LEAF_OUT='$(CURDIR)/build/site' \
		../node_modules/.bin/vitepress build
	node $(NODE_DIR)/site/build/finish.mjs build/site

site-serve: site
	@node site/build/serve.mjs build/site $(PORT)

test-site: site
	@./run.sh --with test-site node --test \
		$(NODE_DIR)/site/tests/site.test.mjs

clean: clean-site
clean-site:
	rm -rf $(SITE_WORK) $(NODE_DIR)/site
